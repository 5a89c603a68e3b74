//! Turns plans, reports and events into text. Prints nothing and decides nothing.

pub mod diag_github;
pub mod diag_human;
pub mod diag_json;
pub mod diag_sarif;
pub mod diff_human;
pub mod diff_json;
pub mod diff_markdown;
pub mod outcome_human;
pub mod plan_human;
pub mod plan_json;
pub(crate) mod remarks_json;
pub mod role_definition;
pub mod status_human;
pub mod status_json;
pub mod style;
mod table;
mod text_diff;
pub mod version_json;
