//! The nodes of one pool at one moment, as scheduling sees them: which take tasks, how full each is, which go away.
//! Decides which node comes first, and nothing about tasks.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::emulator::azure::batch::deallocation::Deallocation;
use crate::emulator::azure::batch::node_load::Loads;
use crate::emulator::azure::batch::pool_record::Pool;
use crate::emulator::azure::batch::pool_shape::Dialect;
use crate::emulator::azure::batch::task_record::Seat;
use crate::emulator::clock::Moment;
use crate::emulator::store::World;

/// A look at nodes that are still coming up is worth it this often, in milliseconds.
const GRAIN: i64 = 5_000;

/// What becomes of a task because of what becomes of its nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Nothing.
    Stays,
    /// Its nodes go, and wait for it to end.
    Ends,
    /// Its nodes go, and it waits for others.
    Requeued,
    /// Its nodes go, and it ends with them.
    Stopped,
}

/// The nodes of a pool at a moment.
#[derive(Debug)]
pub(crate) struct Workbench {
    pool: Option<Pool>,
    /// True when something about the pool was changed here.
    held: bool,
    slots: u32,
    pack: bool,
    /// Slots taken and number of each node that takes tasks.
    free: BTreeSet<(u32, u32)>,
    taken: BTreeMap<u32, u32>,
    /// The id of each node there is, and whether it is leaving.
    nodes: BTreeMap<u32, (String, bool)>,
    next_ready: Option<Moment>,
}

impl Workbench {
    /// The nodes of the pool of that resource id; none when there is no such pool, or when it is being deleted.
    pub(crate) fn of(world: &World, pool_id: &str, at: Moment) -> Workbench {
        let pool = Pool::find(world, pool_id).filter(|pool| pool.hidden.deletion.is_none());
        let mut bench = Workbench {
            pool: None,
            held: false,
            slots: 1,
            pack: false,
            free: BTreeSet::new(),
            taken: BTreeMap::new(),
            nodes: BTreeMap::new(),
            next_ready: None,
        };
        let Some(pool) = pool else { return bench };
        let properties = pool.properties();
        bench.slots =
            properties["taskSlotsPerNode"].as_u64().and_then(|it| u32::try_from(it).ok()).unwrap_or(1);
        bench.pack = properties["taskSchedulingPolicy"]["nodeFillType"] == "Pack";
        let body = json!({"startTask": properties["startTask"]});
        let loads = Loads::new();
        let shown = pool.of_nodes(&body, Dialect { data_plane: true, old: false }, "", &loads);
        let mut next = pool.hidden.fleet.next_joining(at).map(|joins| shown.ready_after_joining(joins));
        for node in pool.hidden.fleet.nodes(at) {
            bench.nodes.insert(node.number, (shown.node_id(&node), node.leaving.is_some()));
            if shown.takes_tasks(&node, at) {
                bench.free.insert((0, node.number));
                bench.taken.insert(node.number, 0);
            } else {
                next = shown.ready_at(&node, at).into_iter().chain(next).min();
            }
        }
        bench.next_ready = next.map(|next| next.max(Moment(at.0 + GRAIN)));
        bench.pool = Some(pool);
        bench
    }

    /// True when there is a pool.
    pub(crate) fn exists(&self) -> bool {
        self.pool.is_some()
    }

    /// The pool's id in its account, as it was created.
    pub(crate) fn pool_name(&self) -> &str {
        self.pool.as_ref().map_or("", Pool::name)
    }

    /// When the next node that takes no tasks yet will take some.
    pub(crate) fn next_ready(&self) -> Option<Moment> {
        self.next_ready
    }

    /// What becomes of a task on these nodes.
    pub(crate) fn fate(&self, seats: &[Seat]) -> Fate {
        let Some(pool) = &self.pool else { return Fate::Requeued };
        let mut leaving = false;
        for seat in seats {
            match self.nodes.get(&seat.number).filter(|(id, _)| *id == seat.id) {
                None => return Fate::Requeued,
                Some((_, leaves)) => leaving |= *leaves,
            }
        }
        if !leaving {
            return Fate::Stays;
        }
        match pool.hidden.fleet.last.as_ref().map(|resize| resize.order.deallocation) {
            Some(Deallocation::TaskCompletion | Deallocation::RetainedData) => Fate::Ends,
            Some(Deallocation::Terminate) => Fate::Stopped,
            Some(Deallocation::Requeue) | None => Fate::Requeued,
        }
    }

    /// Takes slots of a node; all of them at most.
    pub(crate) fn take(&mut self, number: u32, slots: u32) {
        if let Some(taken) = self.taken.get_mut(&number) {
            self.free.remove(&(*taken, number));
            *taken = taken.saturating_add(slots).min(self.slots);
            self.free.insert((*taken, number));
        }
    }

    /// Keeps nodes that are leaving until a moment.
    pub(crate) fn hold(&mut self, seats: &[Seat], until: Moment) {
        if let Some(pool) = &mut self.pool {
            for seat in seats {
                pool.hidden.fleet.hold(seat.number, until);
            }
            self.held = true;
        }
    }

    /// Stores what `hold` changed.
    pub(crate) fn keep(&self, world: &mut World) {
        if let Some(pool) = self.pool.as_ref().filter(|_| self.held) {
            pool.clone().keep(world);
        }
    }

    /// True when no node has a slot left.
    pub(crate) fn is_full(&self) -> bool {
        self.free.first().is_none_or(|(taken, _)| *taken >= self.slots)
    }

    /// Nodes for a task, taken at once: one with so many slots left, or as many empty ones as there are instances.
    pub(crate) fn seats(&mut self, instances: u32, slots: u32) -> Option<Vec<Seat>> {
        let (numbers, slots) = if instances > 1 {
            let wanted = instances as usize;
            let empty: Vec<u32> = self.free.range(..(1, 0)).take(wanted).map(|(_, number)| *number).collect();
            (Some(empty).filter(|empty| empty.len() == wanted)?, self.slots)
        } else {
            let most = self.slots.checked_sub(slots)?;
            let fits = if self.pack {
                let (fullest, _) = self.free.range(..=(most, u32::MAX)).next_back()?;
                self.free.range((*fullest, 0)..).next()
            } else {
                self.free.first().filter(|(taken, _)| *taken <= most)
            };
            (vec![fits?.1], slots)
        };
        let seat = |number: u32| Seat {
            number,
            id: self.nodes.get(&number).map_or_else(String::new, |it| it.0.clone()),
        };
        let seats: Vec<Seat> = numbers.iter().copied().map(seat).collect();
        for number in numbers {
            self.take(number, slots);
        }
        Some(seats)
    }
}
