//! The faults that are waiting, and which of them strikes.
//! Carries nothing out.

use crate::emulator::fault::{Effect, Fault, Shortfall, SickNodes, Stale, Trouble};
use crate::emulator::glob;

/// All faults, in the order of the script.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    waiting: Vec<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    fault: Fault,
    /// How many have matched.
    seen: u32,
}

impl Waiting {
    /// Counts something that matched; true when the fault strikes it.
    fn counts(&mut self) -> bool {
        self.seen = self.seen.saturating_add(1);
        let beyond = self.seen.saturating_sub(self.fault.nth.saturating_sub(1));
        beyond > 0 && self.fault.times.is_none_or(|times| beyond <= times)
    }

    fn is_spent(&self) -> bool {
        self.fault
            .times
            .is_some_and(|times| self.seen >= times.saturating_add(self.fault.nth.saturating_sub(1)))
    }
}

impl Faults {
    /// Adds one; it strikes from the next request on.
    pub(crate) fn add(&mut self, fault: Fault) {
        self.waiting.push(Waiting { fault, seen: 0 });
    }

    /// Takes all away.
    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// How many have not been spent.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// What happens to this request on the wire: the first fault that strikes it.
    pub(crate) fn on_the_wire(&mut self, number: u64, method: &str, path: &str) -> Option<Effect> {
        self.first(|fault| {
            let here = matches!(
                fault.effect,
                Effect::Answer(_) | Effect::Reset(_) | Effect::Slow(_) | Effect::Truncate | Effect::Malform
            );
            here && fits_request(fault, number, method, path)
        })
    }

    /// For how long what this request wrote is not seen.
    pub(crate) fn of_sight(&mut self, number: u64, method: &str, path: &str) -> Option<Stale> {
        let effect = self.first(|fault| {
            matches!(fault.effect, Effect::Stale(_)) && fits_request(fault, number, method, path)
        })?;
        if let Effect::Stale(stale) = effect { Some(stale) } else { None }
    }

    /// How the operation on this resource fails that is about to begin.
    pub(crate) fn of_operation(&mut self, id: &str) -> Option<Trouble> {
        let effect =
            self.first(|fault| matches!(fault.effect, Effect::Operation(_)) && fits_id(fault, id))?;
        if let Effect::Operation(trouble) = effect { Some(trouble) } else { None }
    }

    /// Whether this version is not replicated to the region it is about to be replicated to.
    pub(crate) fn of_replication(&mut self, id: &str, region: &str) -> bool {
        let normal = |name: &str| name.replace(' ', "").to_ascii_lowercase();
        self.first(|fault| {
            let there = matches!(&fault.effect, Effect::Replication(name) if normal(name) == normal(region));
            there && fits_id(fault, id)
        })
        .is_some()
    }

    /// How the growth of this pool falls short that is about to begin.
    pub(crate) fn of_resize(&mut self, id: &str) -> Option<Shortfall> {
        let effect = self.first(|fault| matches!(fault.effect, Effect::Resize(_)) && fits_id(fault, id))?;
        if let Effect::Resize(shortfall) = effect { Some(shortfall) } else { None }
    }

    /// Which nodes of this pool never start, of those that are about to be made.
    pub(crate) fn of_nodes(&mut self, id: &str) -> Option<SickNodes> {
        let effect = self.first(|fault| matches!(fault.effect, Effect::Nodes(_)) && fits_id(fault, id))?;
        if let Effect::Nodes(sick) = effect { Some(sick) } else { None }
    }

    /// The first that matches and strikes; all that match up to it count it.
    fn first(&mut self, matches: impl Fn(&Fault) -> bool) -> Option<Effect> {
        let struck = self.waiting.iter_mut().find_map(|waiting| {
            let strikes = matches(&waiting.fault) && waiting.counts();
            strikes.then(|| waiting.fault.effect.clone())
        });
        self.waiting.retain(|waiting| !waiting.is_spent());
        struck
    }
}

fn fits_request(fault: &Fault, number: u64, method: &str, path: &str) -> bool {
    let on = &fault.on;
    on.request.is_none_or(|wanted| wanted == number)
        && on.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
        && fits_id(fault, path)
}

fn fits_id(fault: &Fault, path: &str) -> bool {
    fault.on.path.as_ref().is_none_or(|pattern| glob::fits(pattern, path))
}
