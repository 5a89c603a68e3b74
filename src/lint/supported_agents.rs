//! What Batch's list of supported images says of node agents: which there are, on what they run, when their support ends.
//! Reads, and judges nothing; says nothing where the list has not been read.

use serde_json::Value;

use crate::kinds::vocabulary::OsType;
use crate::lint::subject::{PoolSeen, Subject};
use crate::model::facts::Question;

/// The rows of the list for a pool's account. An empty list is none.
fn rows<'a>(subject: &Subject<'a>, pool: &PoolSeen<'_>) -> Option<&'a [Value]> {
    let endpoint = subject.account_property(pool.account.as_ref()?, "accountEndpoint")?.as_str()?;
    let list = subject.ask(Question::SupportedImages { endpoint: endpoint.to_owned() }).there()?;
    list.as_array().filter(|rows| !rows.is_empty()).map(Vec::as_slice)
}

/// The node agents that Batch has, each as often as images are listed for it.
pub(in crate::lint) fn names<'a>(subject: &Subject<'a>, pool: &PoolSeen<'_>) -> Option<Vec<&'a str>> {
    Some(rows(subject, pool)?.iter().filter_map(name).collect())
}

/// The system that an agent runs on, if it is one for all its images.
pub(in crate::lint) fn system_of(subject: &Subject<'_>, pool: &PoolSeen<'_>, agent: &str) -> Option<OsType> {
    let is = |word: &str| {
        let of_row = |row: &Value| {
            row.get("osType").and_then(Value::as_str).is_some_and(|system| system.eq_ignore_ascii_case(word))
        };
        let own = own(rows(subject, pool)?, agent);
        Some(!own.is_empty() && own.into_iter().all(of_row))
    };
    match (is("windows")?, is("linux")?) {
        (true, _) => Some(OsType::Windows),
        (_, true) => Some(OsType::Linux),
        _ => None,
    }
}

/// The day on which the support for the last of an agent's images ends: none as long as one of them has no end.
pub(in crate::lint) fn end_of<'a>(
    subject: &Subject<'a>,
    pool: &PoolSeen<'_>,
    agent: &str,
) -> Option<&'a str> {
    let end = |row: &'a Value| row.get("batchSupportEndOfLife")?.as_str()?.get(.."2026-11-25".len());
    let ends: Option<Vec<&str>> = own(rows(subject, pool)?, agent).into_iter().map(end).collect();
    ends?.into_iter().max()
}

fn own<'a>(rows: &'a [Value], agent: &str) -> Vec<&'a Value> {
    let is_own = |row: &&Value| name(row).is_some_and(|name| name.eq_ignore_ascii_case(agent.trim()));
    rows.iter().filter(is_own).collect()
}

fn name(row: &Value) -> Option<&str> {
    // The property is spelt so here, and otherwise in a pool.
    row.get("nodeAgentSKUId")?.as_str()
}
