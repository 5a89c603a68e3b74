//! Talks to Azure: tokens, requests, tries, pages, errors, over a [`transport::Transport`] and a [`timer::Timer`] that are given.
//! Knows neither kinds nor plans, and reads no environment: what differs between runs is an argument.
//!
//! The way of a call: a [`crate::model::request::Request`] (what) → [`read::Read`] or [`write::Write`] (may it change things?) → `client`
//! (token, ids, tries, log) → [`transport::Transport`] (bytes). A token leaves only for the host that its plane has in
//! [`endpoints::Endpoints`]; links that answers give are held to the host they came from.

pub mod auth;
pub mod blob;
pub mod client;
pub mod endpoints;
pub mod error;
mod place;
pub mod poll;
pub mod read;
pub mod reqwest_transport;
pub mod retry;
pub mod timer;
pub mod transport;
pub mod write;

#[cfg(test)]
pub(crate) mod scripted;
#[cfg(test)]
mod tests;
