//! The nouns: what passes between two stages is a type here, and nothing else lives here.
//! Does no IO and knows no kind.

pub mod address;
pub mod call;
pub mod chain;
pub mod desired;
pub mod difference;
pub mod digest;
pub mod duration;
pub mod equal;
pub mod event;
pub mod facts;
pub mod field;
pub mod field_tree;
pub mod job_move;
pub mod kind;
pub mod mark;
pub mod outcome;
pub mod pending;
pub mod permission;
pub mod plan;
pub mod region;
pub mod request;
pub mod resource_id;
pub mod retention;
pub mod rollout;
pub mod secret;
pub mod snapshot;
pub mod stand_in;
pub mod status;
pub mod step;
pub mod tenant;
pub mod upload;
pub mod version_number;
pub mod wait;
