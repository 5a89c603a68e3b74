//! One reviewed YAML file becomes a running Azure Batch pool made from a custom image.
//!
#![doc = include_str!("ARCHITECTURE.md")]

pub mod azure;
pub mod cli;
pub mod desired;
pub mod diag;
pub mod emulator;
pub mod execute;
pub mod import;
pub mod kinds;
pub mod lint;
pub mod model;
pub mod observe;
pub mod plan;
pub mod progress;
pub mod render;
pub mod spec;
pub mod vhd;
