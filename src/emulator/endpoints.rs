//! Where things are reached: ARM and sign-in at one base URL, every Batch account at an authority of its own.
//! Opens no ports; a server lends a `Doors` that does.

use std::collections::BTreeMap;
use std::fmt;

/// Opens a way in for a Batch account's data plane.
pub(crate) trait Doors: Send {
    /// Opens a port on loopback for one more account, if it can be the one it had before (`wanted`).
    /// None when no port can be had.
    fn open(&mut self, wanted: Option<u16>) -> Option<u16>;
}

/// The base URL in process, where no socket is. Batch accounts are told apart by port there too: the first
/// shares this one, the next have 8444, 8445 and so on.
pub const IN_PROCESS_BASE: &str = "https://127.0.0.1:8443";

/// Stands in the state for "the port that ARM is on", which may be another in the next run.
const MAIN_PORT: u16 = 0;

/// The base URL, and the accounts that have authorities.
pub(crate) struct Endpoints {
    /// Scheme and authority of ARM, without a slash at the end.
    pub(crate) base: String,
    /// Account key (its id in lower case) to port; `MAIN_PORT` for the first.
    accounts: BTreeMap<String, u16>,
    doors: Option<Box<dyn Doors>>,
}

impl fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoints")
            .field("base", &self.base)
            .field("accounts", &self.accounts)
            .finish_non_exhaustive()
    }
}

impl Endpoints {
    /// Without sockets: ports are only numbers.
    pub(crate) fn in_process() -> Endpoints {
        Endpoints { base: IN_PROCESS_BASE.to_owned(), accounts: BTreeMap::new(), doors: None }
    }

    /// From now on everything is reached over sockets: ARM at `base`, accounts through `doors`.
    pub(crate) fn serve(&mut self, base: String, doors: Box<dyn Doors>) {
        *self = Endpoints { base, accounts: BTreeMap::new(), doors: Some(doors) };
    }

    /// Gives an account its port, if it can be the one it had before, and tells which it is. The first account
    /// of all is served where ARM is.
    pub(crate) fn open(&mut self, account: &str, wanted: Option<u16>) -> u16 {
        if let Some(port) = self.accounts.get(account) {
            return *port;
        }
        let is_free = |port: u16| !self.accounts.values().any(|taken| *taken == port);
        // Another account may have got it since: this one was deleted in between.
        let wanted = wanted.filter(|port| is_free(*port));
        let port = match (wanted, &mut self.doors) {
            (Some(MAIN_PORT), _) => MAIN_PORT,
            (None, _) if is_free(MAIN_PORT) => MAIN_PORT,
            (wanted, Some(doors)) => doors.open(wanted).unwrap_or(MAIN_PORT),
            (Some(port), None) => port,
            (None, None) => self.accounts.values().copied().max().unwrap_or(0).max(8443) + 1,
        };
        self.accounts.insert(account.to_owned(), port);
        port
    }

    /// True when everything is reached over sockets.
    pub(crate) fn are_served(&self) -> bool {
        self.doors.is_some()
    }

    /// The port an account has, `MAIN_PORT` for ARM's.
    pub(crate) fn port(&self, account: &str) -> Option<u16> {
        self.accounts.get(account).copied()
    }

    /// The account is gone; its port answers for nothing any more.
    pub(crate) fn close(&mut self, account: &str) {
        self.accounts.remove(account);
    }

    /// The account's authority, as `accountEndpoint` tells it: `127.0.0.1:8443`.
    pub(crate) fn of_account(&self, account: &str) -> Option<String> {
        match self.accounts.get(account)? {
            &MAIN_PORT => Some(self.authority().to_owned()),
            port => Some(format!("127.0.0.1:{port}")),
        }
    }

    /// Every account's authority, by its key.
    pub(crate) fn all(&self) -> BTreeMap<String, String> {
        self.accounts.keys().filter_map(|key| Some((key.clone(), self.of_account(key)?))).collect()
    }

    /// The account that is served at this authority. `localhost` and `127.0.0.1` are one host.
    pub(crate) fn account_at(&self, authority: &str) -> Option<&str> {
        let port = port_of(authority);
        let wanted = if port == port_of(self.authority()) { MAIN_PORT } else { port };
        self.accounts.iter().find(|(_, known)| **known == wanted).map(|(key, _)| key.as_str())
    }

    /// True when ARM and sign-in are served at this authority too.
    pub(crate) fn is_main(&self, authority: &str) -> bool {
        authority.is_empty() || port_of(authority) == port_of(self.authority())
    }

    fn authority(&self) -> &str {
        self.base.split_once("://").map_or("", |(_, rest)| rest)
    }
}

/// The port of an authority; https has 443 by default.
fn port_of(authority: &str) -> u16 {
    authority.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(443)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_account_shares_arms_port_and_the_next_have_their_own() {
        let mut endpoints = Endpoints::in_process();
        assert_eq!(
            (endpoints.open("a", None), endpoints.open("b", None), endpoints.open("c", Some(9000))),
            (0, 8444, 9000)
        );
        assert_eq!(endpoints.of_account("a").as_deref(), Some("127.0.0.1:8443"));
        assert_eq!(endpoints.of_account("b").as_deref(), Some("127.0.0.1:8444"));
        assert_eq!(endpoints.account_at("localhost:8444"), Some("b"));
        assert_eq!(endpoints.account_at("127.0.0.1:8443"), Some("a"));
        assert_eq!(endpoints.account_at("127.0.0.1:1"), None);
        assert!(endpoints.is_main("localhost:8443") && !endpoints.is_main("localhost:8444"));
        endpoints.close("a");
        let ports = ["d", "a"].map(|account| endpoints.open(account, Some(MAIN_PORT)));
        assert_eq!(ports, [0, 9001], "the port that it had is another's now");
    }
}
