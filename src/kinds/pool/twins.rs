//! Two pools for one entry of a file, while one takes the place of the other: what each is called, how they are known as
//! twins, and what moves from one to the other. Only makes values.

use std::time::Duration;

use serde_json::{Value, json};

use crate::kinds::pool::Pool;
use crate::model::job_move::JobMove;
use crate::model::mark;
use crate::model::rollout::Twins;
use crate::model::snapshot::Live;

/// The metadata entry that says for which `id` of a file a pool stands, where it is called otherwise.
const STANDS_FOR: &str = "poolwright-id";

/// Azure's limit for the id of a pool.
const LONGEST_ID: usize = 64;

const INTERVAL: Duration = Duration::from_secs(15);

impl Twins for Pool {
    fn stands_for<'a>(&self, live: &'a Live) -> Option<&'a str> {
        let metadata = live.body.pointer("/properties/metadata")?.as_array()?;
        metadata.iter().find(|entry| entry["name"] == STANDS_FOR)?.get("value")?.as_str()
    }

    fn twin_name(&self, id: &str, what: &str) -> String {
        let length = LONGEST_ID - "-1f4a2c".len();
        let kept: String = id.chars().take(length).collect();
        // Two ids may begin with the same letters.
        let cut = id.chars().skip(length).collect::<String>();
        format!("{kept}-{}", mark::six_digits(&format!("{what}{cut}")))
    }

    fn become_twin(&self, body: &mut Value, id: &str, mark: &str) {
        let Some(metadata) = body.pointer_mut("/properties/metadata").and_then(Value::as_array_mut) else {
            return;
        };
        for entry in metadata.iter_mut().filter(|entry| entry["name"] == mark::KEY) {
            entry["value"] = mark.into();
        }
        metadata.retain(|entry| entry["name"] != STANDS_FOR);
        metadata.push(json!({ "name": STANDS_FOR, "value": id }));
    }

    fn moving(&self, from: &str, to: &str, account: &Live, deadline: Duration) -> Option<JobMove> {
        let endpoint = account.body.pointer("/properties/accountEndpoint")?.as_str()?.to_owned();
        Some(JobMove { endpoint, from: from.to_owned(), to: to.to_owned(), interval: INTERVAL, deadline })
    }
}

#[cfg(test)]
mod tests {
    use crate::kinds::pool::Pool;
    use crate::model::rollout::Twins;

    #[test]
    fn a_twin_is_called_after_its_image_within_azures_limit() {
        let (one, other) = ("/…/versions/1.0.0", "/…/versions/2.0.0");
        assert_eq!(Pool.twin_name("render", one), Pool.twin_name("render", &one.to_uppercase()));
        assert_ne!(Pool.twin_name("render", one), Pool.twin_name("render", other));
        let name = Pool.twin_name(&"x".repeat(64), one);
        let other = Pool.twin_name(&format!("{}y", "x".repeat(63)), one);
        assert!(name != other && other.len() == 64, "{name} {other}");
        assert!(name.len() == 64 && name.starts_with("xxx"), "{name}");
    }
}
