//! A pool as it is kept, and as each plane answers it.
//! Holds the pool's stored body together with its fleet; decides nothing about what may be done to it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::emulator::azure::batch::allocation::{Counts, Fleet, State};
use crate::emulator::azure::batch::node::PoolOfNodes;
use crate::emulator::azure::batch::node_load::Loads;
use crate::emulator::azure::batch::node_mark::Marks;
use crate::emulator::azure::batch::pool_body::{self, Properties};
use crate::emulator::azure::batch::pool_patch::Standing;
use crate::emulator::azure::batch::pool_shape::Dialect;
use crate::emulator::azure::batch::resize_error::ResizeError;
use crate::emulator::azure::batch::scheduling;
use crate::emulator::azure::iso_duration;
use crate::emulator::azure::vm_size;
use crate::emulator::clock::Moment;
use crate::emulator::fault::Trouble;
use crate::emulator::store::{Resource, World};

/// The kind pools are filed under.
pub(crate) const KIND: &str = "microsoft.batch/batchaccounts/pools";

/// A pool with what Azure never answers about it.
#[derive(Clone, Debug)]
pub(crate) struct Pool {
    /// Id, body and times, as stored.
    pub(crate) resource: Resource,
    /// Nodes, autoscale and deletion.
    pub(crate) hidden: Hidden,
}

/// What is kept beside the body.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Hidden {
    /// The nodes.
    #[serde(default)]
    pub(crate) fleet: Fleet,
    /// Set while the pool scales by a formula.
    #[serde(default)]
    pub(crate) auto: Option<Auto>,
    /// Set when the pool is on its way out.
    #[serde(default)]
    pub(crate) deletion: Option<Deletion>,
    /// What was done to single nodes.
    #[serde(default)]
    pub(crate) marks: Marks,
    /// What it takes of its account's quotas; follows from the fleet.
    #[serde(default)]
    claim: Claim,
}

/// Cores a pool takes: those it has or is getting while a resize lasts, those it has afterwards.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Claim {
    until: Moment,
    cores: Counts,
    then: Counts,
}

/// The life of an autoscale formula.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Auto {
    /// When it was set.
    pub(crate) since: Moment,
    /// When it is evaluated next.
    pub(crate) next: Moment,
    /// The last evaluation.
    pub(crate) run: Option<Run>,
}

/// One evaluation of a formula.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Run {
    /// When it was.
    pub(crate) at: Moment,
    /// What it came to.
    pub(crate) results: Option<String>,
    /// Why it came to nothing.
    pub(crate) error: Option<String>,
}

/// A deletion that is under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Deletion {
    /// When it was asked for.
    pub(crate) since: Moment,
    /// When the pool is gone.
    pub(crate) gone: Moment,
    /// How it ends instead, by script: the pool stays.
    #[serde(default)]
    pub(crate) failure: Option<Trouble>,
}

impl Pool {
    /// The pool of that id, in any case.
    pub(crate) fn find(world: &World, id: &str) -> Option<Pool> {
        let resource = world.get(id).filter(|found| found.kind == KIND)?;
        Some(Pool::of(resource))
    }

    /// The pools of an account as they are stored, in the order of their ids.
    pub(crate) fn stored<'a>(
        world: &'a World,
        account: &str,
    ) -> impl Iterator<Item = &'a Resource> + use<'a> {
        world.children(&format!("{account}/pools"), KIND)
    }

    /// Cores that a stored pool takes of its account's quotas, without reading all of it.
    pub(crate) fn claimed_cores(resource: &Resource, at: Moment) -> Counts {
        let claim = &resource.hidden["claim"];
        let then = at.0 >= claim["until"].as_i64().unwrap_or_default();
        let cores = &claim[if then { "then" } else { "cores" }];
        // Asked of all pools of an account at every resize: by hand this is many times as fast as by serde.
        let of = |kind: &str| cores[kind].as_u64().and_then(|cores| u32::try_from(cores).ok()).unwrap_or(0);
        Counts { dedicated: of("dedicated"), low_priority: of("low_priority") }
    }

    /// Takes a stored resource for a pool.
    pub(crate) fn of(resource: &Resource) -> Pool {
        let hidden = Hidden::deserialize(&resource.hidden).unwrap_or_default();
        Pool { resource: resource.clone(), hidden }
    }

    /// Stores the pool with a new `ETag`: it was changed from outside.
    pub(crate) fn save_changed(mut self, world: &mut World) -> Pool {
        self.resource.etag = world.next_etag();
        self.resource.changed_at = world.now;
        self.save(world)
    }

    /// Stores the pool as it is: only its nodes moved. Tasks that wait for it, or run on it, are looked at anew.
    pub(crate) fn save(self, world: &mut World) -> Pool {
        scheduling::wake(world, self.account_id(), self.name());
        self.keep(world)
    }

    /// Stores the pool; nothing in it concerns tasks that are not known already.
    pub(crate) fn keep(mut self, world: &mut World) -> Pool {
        self.store_hidden(world.now);
        self.resource.due = match (&self.hidden.deletion, &self.hidden.auto) {
            (Some(deletion), _) => Some(deletion.gone),
            (None, Some(auto)) => Some(auto.next),
            (None, None) => None,
        };
        world.put(self.resource.clone());
        self
    }

    /// Writes what is kept beside the body, with the claim that follows from it.
    pub(crate) fn store_hidden(&mut self, now: Moment) {
        let cores = vm_size::parse(self.vm_size()).map_or(1, |size| size.cores);
        let fleet = &self.hidden.fleet;
        let (mut until, mut during) = (now, fleet.counts(now));
        if let Some(resize) = fleet.last.as_ref().filter(|resize| resize.ends > now) {
            until = resize.ends;
            during.dedicated = during.dedicated.max(resize.order.target.dedicated);
            during.low_priority = during.low_priority.max(resize.order.target.low_priority);
        }
        let in_cores = |nodes: Counts| Counts {
            dedicated: nodes.dedicated.saturating_mul(cores),
            low_priority: nodes.low_priority.saturating_mul(cores),
        };
        self.hidden.claim = Claim { until, cores: in_cores(during), then: in_cores(fleet.counts(until)) };
        self.resource.hidden = serde_json::to_value(&self.hidden).unwrap_or_default();
    }

    /// The stored properties.
    pub(crate) fn properties(&self) -> &Value {
        &self.resource.body["properties"]
    }

    /// Replaces the stored properties.
    pub(crate) fn set_properties(&mut self, properties: Properties) {
        self.resource.body["properties"] = Value::Object(properties);
    }

    /// The pool's id in its account, as it was created.
    pub(crate) fn name(&self) -> &str {
        self.resource.body["name"].as_str().unwrap_or_default()
    }

    /// The id of the Batch account.
    pub(crate) fn account_id(&self) -> &str {
        let id = &self.resource.id;
        id.rfind("/pools/").map_or(id.as_str(), |end| &id[..end])
    }

    /// The VM size as it was sent. The management plane answers it in upper case (`Standard_d4s_v3` comes back as
    /// `STANDARD_D4S_V3` in the contract's examples), the data plane in lower case.
    fn vm_size(&self) -> &str {
        self.properties()["vmSize"].as_str().unwrap_or_default()
    }

    /// What stands in the way of changes.
    pub(crate) fn standing(&self, now: Moment) -> Standing {
        Standing {
            nodes: self.hidden.fleet.counts(now),
            state: self.state(now).0,
            deleting: self.hidden.deletion.is_some(),
        }
    }

    /// The nodes the pool aims at.
    pub(crate) fn target(&self) -> Counts {
        if self.hidden.auto.is_some() {
            return self.hidden.fleet.last.as_ref().map_or(Counts::default(), |resize| resize.order.target);
        }
        let fixed = &self.properties()["scaleSettings"]["fixedScale"];
        let nodes = |name: &str| u32::try_from(fixed[name].as_u64().unwrap_or(0)).unwrap_or(u32::MAX);
        Counts { dedicated: nodes("targetDedicatedNodes"), low_priority: nodes("targetLowPriorityNodes") }
    }

    /// Where the allocation stands, and since when.
    pub(crate) fn state(&self, now: Moment) -> (State, Moment) {
        match &self.hidden.deletion {
            Some(deletion) => (State::Resizing, deletion.since),
            None => self.hidden.fleet.state(now, self.resource.created_at),
        }
    }

    /// As the management plane answers it.
    pub(crate) fn print_management(&self, dialect: Dialect, now: Moment) -> Value {
        let mut properties = pool_body::print_management(self.properties(), dialect);
        let (state, since) = self.state(now);
        let counts = self.hidden.fleet.counts(now);
        let (provisioning, provisioned) = match &self.hidden.deletion {
            Some(deletion) => ("Deleting", deletion.since),
            None => ("Succeeded", self.resource.created_at),
        };
        for (name, value) in [
            ("vmSize", json!(self.vm_size().to_ascii_uppercase())),
            ("lastModified", json!(self.resource.changed_at.rfc3339())),
            ("creationTime", json!(self.resource.created_at.rfc3339())),
            ("provisioningState", json!(provisioning)),
            ("provisioningStateTransitionTime", json!(provisioned.rfc3339())),
            ("allocationState", json!(state_word(state))),
            ("allocationStateTransitionTime", json!(since.rfc3339())),
            ("currentDedicatedNodes", json!(counts.dedicated)),
            ("currentLowPriorityNodes", json!(counts.low_priority)),
        ] {
            properties[name] = value;
        }
        if let Some(run) = self.run() {
            properties["autoScaleRun"] = run_body(run, "evaluationTime");
        }
        if let Some(resize) = &self.hidden.fleet.last {
            let mut status = json!({
                "targetDedicatedNodes": resize.order.target.dedicated,
                "targetLowPriorityNodes": resize.order.target.low_priority,
                "resizeTimeout": iso_duration::print(resize.order.timeout),
                "nodeDeallocationOption": resize.order.deallocation.word(),
                "startTime": resize.started.rfc3339(),
            });
            let errors = self.hidden.fleet.errors(now);
            if !errors.is_empty() {
                status["errors"] = errors.iter().map(ResizeError::to_arm).collect();
            }
            properties["resizeOperationStatus"] = status;
        }
        if dialect.old {
            properties["currentNodeCommunicationMode"] = json!("Simplified");
        }
        let mut out = json!({
            "id": self.resource.id,
            "name": self.name(),
            "type": "Microsoft.Batch/batchAccounts/pools",
            "etag": self.weak_etag(),
            "properties": properties,
        });
        for name in ["identity", "tags"] {
            if !self.resource.body[name].is_null() {
                out[name] = self.resource.body[name].clone();
            }
        }
        out
    }

    /// As the data plane answers it; `endpoint` is the scheme and authority of the account.
    pub(crate) fn print_data_plane(&self, dialect: Dialect, now: Moment, endpoint: &str) -> Value {
        let mut out = pool_body::print_data_plane(self.properties(), dialect);
        let (state, since) = self.state(now);
        let (counts, target) = (self.hidden.fleet.counts(now), self.target());
        let (life, lives) = match &self.hidden.deletion {
            Some(deletion) => ("deleting", deletion.since),
            None => ("active", self.resource.created_at),
        };
        for (name, value) in [
            ("id", json!(self.name())),
            ("url", json!(format!("{endpoint}/pools/{}", self.name()))),
            ("vmSize", json!(self.vm_size().to_ascii_lowercase())),
            ("eTag", json!(self.resource.etag)),
            ("lastModified", json!(self.resource.changed_at.rfc3339())),
            ("creationTime", json!(self.resource.created_at.rfc3339())),
            ("state", json!(life)),
            ("stateTransitionTime", json!(lives.rfc3339())),
            ("allocationState", json!(state_word(state).to_ascii_lowercase())),
            ("allocationStateTransitionTime", json!(since.rfc3339())),
            ("currentDedicatedNodes", json!(counts.dedicated)),
            ("currentLowPriorityNodes", json!(counts.low_priority)),
            ("targetDedicatedNodes", json!(target.dedicated)),
            ("targetLowPriorityNodes", json!(target.low_priority)),
        ] {
            out[name] = value;
        }
        let errors = self.hidden.fleet.errors(now);
        if !errors.is_empty() {
            out["resizeErrors"] = errors.iter().map(ResizeError::to_data_plane).collect();
        }
        if let Some(run) = self.run() {
            out["autoScaleRun"] = run_body(run, "timestamp");
        }
        if let Some(identity) = self.resource.body["identity"].as_object() {
            let assigned = identity.get("userAssignedIdentities").and_then(Value::as_object);
            let list = assigned.into_iter().flatten().map(|(id, facts)| {
                json!({"resourceId": id, "clientId": facts["clientId"], "principalId": facts["principalId"]})
            });
            out["identity"] =
                json!({"type": identity["type"], "userAssignedIdentities": list.collect::<Vec<_>>()});
        }
        if dialect.old {
            out["currentNodeCommunicationMode"] = json!("simplified");
        }
        out
    }

    /// What the pool's nodes have in common; `body` is the pool in the data plane's spelling.
    pub(crate) fn of_nodes<'a>(
        &'a self,
        body: &'a Value,
        dialect: Dialect,
        endpoint: &'a str,
        loads: &'a Loads,
    ) -> PoolOfNodes<'a> {
        PoolOfNodes { id: self.name(), body, endpoint, old: dialect.old, marks: &self.hidden.marks, loads }
    }

    /// The `ETag` as the management plane gives it: `W/"0x8D…"`.
    pub(crate) fn weak_etag(&self) -> String {
        format!("W/\"{}\"", self.resource.etag)
    }

    fn run(&self) -> Option<&Run> {
        self.hidden.auto.as_ref()?.run.as_ref()
    }
}

/// Prints an evaluation; the planes differ in the name of its time.
pub(crate) fn run_body(run: &Run, time: &str) -> Value {
    let mut out = json!({ time: run.at.rfc3339() });
    if let Some(results) = &run.results {
        out["results"] = json!(results);
    }
    if let Some(error) = &run.error {
        let list = if time == "timestamp" { "values" } else { "details" };
        out["error"] = json!({
            "code": "AutoScalingFormulaEvaluationError",
            "message": format!("There was an error evaluating the autoscale formula: {error}"),
            list: [],
        });
    }
    out
}

fn state_word(state: State) -> &'static str {
    match state {
        State::Steady => "Steady",
        State::Resizing => "Resizing",
        State::Stopping => "Stopping",
    }
}
