//! One test binary.
#![expect(clippy::disallowed_methods, reason = "tests read the repository and run the program")]

mod access;
mod converge;
mod crash;
mod difference;
mod docs;
mod fix;
mod hazards;
mod hostile;
mod kind_cases;
mod mistakes;
mod overtaken;
mod ownership;
mod plan_cases;
mod preflight;
mod process;
mod properties;
mod regions;
mod rehearsal;
mod requests;
mod retention;
mod role_definition;
mod rollouts;
mod rules;
mod sarif;
mod saved_plans;
mod schema;
mod scope;
mod secrets;
mod serving;
mod sources;
mod specs;
mod status_cases;
mod support;
mod tidy;
mod version_add;
