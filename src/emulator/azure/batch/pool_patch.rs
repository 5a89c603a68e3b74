//! What may change on a pool that exists, and when.
//! A pure judgement over properties and the state of the allocation; storing the result is the handlers' part.

use serde_json::Value;

use crate::emulator::azure::batch::allocation::{Counts, State};
use crate::emulator::azure::batch::pool_body::Properties;
use crate::emulator::azure::batch::pool_shape::Dialect;
use crate::emulator::call::{Failure, Result};

/// What can be changed while there are nodes. Everything else needs a steady pool without any.
const ANY_TIME: [&str; 7] = [
    "applicationPackages",
    "applicationLicenses",
    "certificates",
    "metadata",
    "scaleSettings",
    "startTask",
    "targetNodeCommunicationMode",
];

/// The pool as it is when the change comes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    /// Nodes in the pool.
    pub(crate) nodes: Counts,
    /// Where the allocation stands.
    pub(crate) state: State,
    /// The pool is on its way out.
    pub(crate) deleting: bool,
}

impl Standing {
    /// 409 for a pool that is being deleted.
    pub(crate) fn not_deleting(&self) -> Result<()> {
        if self.deleting {
            return Err(Failure::arm(
                409,
                "PoolBeingDeleted",
                "The specified pool is marked for deletion and is being deleted.",
            ));
        }
        Ok(())
    }

    /// 409 for a pool that is being resized.
    pub(crate) fn steady(&self) -> Result<()> {
        if self.state == State::Steady {
            return Ok(());
        }
        Err(Failure::arm(409, "PoolBeingResized", "The specified pool is being resized."))
    }
}

/// Lays what is supplied over what is stored, each property as a whole, and judges whether it may be.
///
/// With nodes in the pool a property that needs an empty one is refused even when it says what is there already,
/// because the service's rule is about what the request carries.
pub(crate) fn patched(
    stored: &Value,
    supplied: Properties,
    standing: Standing,
    dialect: Dialect,
) -> Result<Properties> {
    standing.not_deleting()?;
    for name in supplied.keys() {
        may_change(name, standing, dialect)?;
    }
    let mut merged = stored.as_object().cloned().unwrap_or_default();
    merged.extend(supplied);
    Ok(merged)
}

/// Judges a full replacement: only what differs counts as a change. Both bodies are canonical.
pub(crate) fn replaced(
    stored: &Value,
    wanted: &Properties,
    standing: Standing,
    dialect: Dialect,
) -> Result<()> {
    standing.not_deleting()?;
    let names = stored.as_object().into_iter().flat_map(serde_json::Map::keys).chain(wanted.keys());
    for name in names {
        let case_only = name == "vmSize" && same_text(&stored[name], wanted.get(name));
        if stored.get(name) != wanted.get(name) && !case_only {
            may_change(name, standing, dialect)?;
        }
    }
    Ok(())
}

/// True for texts that differ in case only: Azure itself answers VM sizes in another case than they were sent in.
fn same_text(left: &Value, right: Option<&Value>) -> bool {
    match (left.as_str(), right.and_then(Value::as_str)) {
        (Some(left), Some(right)) => left.eq_ignore_ascii_case(right),
        _ => false,
    }
}

fn may_change(name: &str, standing: Standing, dialect: Dialect) -> Result<()> {
    if name == "scaleSettings" {
        return standing.steady();
    }
    if ANY_TIME.contains(&name) {
        return Ok(());
    }
    standing.steady()?;
    if standing.nodes.is_zero() {
        return Ok(());
    }
    let message = "The value provided for one of the properties in the request body cannot be updated.";
    let reason = "The property can only be updated when the pool has no compute nodes.".to_owned();
    let path =
        if dialect.data_plane { data_plane_name(name).to_owned() } else { format!("properties.{name}") };
    let failure = Failure::arm(400, "PropertyCannotBeUpdated", message);
    Err(dialect.about(failure, &path, None, Some(reason)))
}

fn data_plane_name(name: &str) -> &str {
    match name {
        "deploymentConfiguration" => "virtualMachineConfiguration",
        "interNodeCommunication" => "enableInterNodeCommunication",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NEW: Dialect = Dialect { data_plane: false, old: false };
    const WORKING: Standing =
        Standing { nodes: Counts { dedicated: 2, low_priority: 0 }, state: State::Steady, deleting: false };
    const EMPTY: Standing = Standing { nodes: Counts { dedicated: 0, low_priority: 0 }, ..WORKING };
    const RESIZING: Standing = Standing { state: State::Resizing, ..WORKING };

    fn code(body: Value, standing: Standing) -> Option<String> {
        let Value::Object(body) = body else { return None };
        let stored = json!({"vmSize": "Standard_D2s_v5", "metadata": [{"name": "a", "value": "b"}]});
        patched(&stored, body, standing, NEW).err().map(|failure| failure.code)
    }

    #[test]
    fn with_nodes_only_some_things_change() {
        assert_eq!(code(json!({"metadata": [], "startTask": {}, "scaleSettings": {}}), WORKING), None);
        let failure = Some("PropertyCannotBeUpdated".to_owned());
        assert_eq!(code(json!({"vmSize": "Standard_D4s_v5"}), WORKING), failure);
        assert_eq!(code(json!({"vmSize": "Standard_D2s_v5"}), WORKING), failure);
        assert_eq!(code(json!({"vmSize": "Standard_D4s_v5"}), EMPTY), None);
    }

    #[test]
    fn a_resize_in_progress_stands_in_the_way_of_size_but_not_of_metadata() {
        assert_eq!(code(json!({"metadata": []}), RESIZING), None);
        assert_eq!(code(json!({"scaleSettings": {}}), RESIZING).as_deref(), Some("PoolBeingResized"));
        assert_eq!(code(json!({"vmSize": "x"}), RESIZING).as_deref(), Some("PoolBeingResized"));
        let deleting = Standing { deleting: true, ..EMPTY };
        assert_eq!(code(json!({"metadata": []}), deleting).as_deref(), Some("PoolBeingDeleted"));
    }

    #[test]
    fn replacing_a_pool_by_itself_is_no_change() {
        let stored = json!({"vmSize": "a", "metadata": []});
        let same = json!({"vmSize": "A", "metadata": []}).as_object().cloned().unwrap();
        assert_eq!(replaced(&stored, &same, WORKING, NEW), Ok(()));
        let without = json!({"metadata": []}).as_object().cloned().unwrap();
        assert_eq!(replaced(&stored, &without, WORKING, NEW).unwrap_err().code, "PropertyCannotBeUpdated");
    }
}
