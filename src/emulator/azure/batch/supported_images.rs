//! The node agents that Batch has, with the platform images they are verified for.
//! The list `supportedimages` answers, and what pools are checked against. From Azure/Batch's own notices.

use serde_json::{Value, json};

/// One row of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SupportedImage {
    /// The node agent SKU.
    pub(crate) agent: &'static str,
    publisher: &'static str,
    offer: &'static str,
    sku: &'static str,
    /// Windows, or else Linux.
    pub(crate) windows: bool,
    /// When support ends, where that is announced.
    end: Option<&'static str>,
    containers: bool,
}

const fn linux(
    agent: &'static str,
    publisher: &'static str,
    offer: &'static str,
    sku: &'static str,
) -> SupportedImage {
    SupportedImage { agent, publisher, offer, sku, windows: false, end: None, containers: false }
}

const fn windows(offer: &'static str, sku: &'static str) -> SupportedImage {
    SupportedImage {
        agent: WINDOWS_AGENT,
        publisher: "microsoftwindowsserver",
        offer,
        sku,
        windows: true,
        end: None,
        containers: false,
    }
}

impl SupportedImage {
    const fn until(mut self, end: &'static str) -> SupportedImage {
        self.end = Some(end);
        self
    }

    const fn with_containers(mut self) -> SupportedImage {
        self.containers = true;
        self
    }
}

const WINDOWS_AGENT: &str = "batch.node.windows amd64";

/// Every row, in the order answered.
pub(crate) const SUPPORTED: &[SupportedImage] = &[
    linux("batch.node.debian 11", "debian", "debian-11", "11"),
    linux("batch.node.debian 12", "debian", "debian-12", "12"),
    linux("batch.node.el 8", "almalinux", "almalinux-x86_64", "8-gen2"),
    linux("batch.node.el 9", "almalinux", "almalinux-x86_64", "9-gen2"),
    linux("batch.node.ubuntu 22.04", "canonical", "0001-com-ubuntu-server-jammy", "22_04-lts")
        .until("2027-06-30T00:00:00Z"),
    linux("batch.node.ubuntu 22.04", "microsoft-dsvm", "ubuntu-hpc", "2204")
        .until("2027-06-30T00:00:00Z")
        .with_containers(),
    linux("batch.node.ubuntu 24.04", "canonical", "ubuntu-24_04-lts", "server"),
    linux("batch.node.ubuntu 24.04", "microsoft-dsvm", "ubuntu-hpc", "2404").with_containers(),
    windows("windowsserver", "2016-datacenter").until("2027-01-12T00:00:00Z"),
    windows("windowsserver", "2019-datacenter"),
    windows("windowsserver", "2022-datacenter"),
    windows("windowsserver", "2022-datacenter-core").with_containers(),
];

/// True for an agent that runs on Windows, false for one that runs on Linux, none for one that Batch does not have.
pub(crate) fn agent_is_windows(agent: &str) -> Option<bool> {
    SUPPORTED.iter().find(|image| image.agent.eq_ignore_ascii_case(agent)).map(|image| image.windows)
}

/// The rows as the data plane answers them.
pub(crate) fn rows() -> Vec<Value> {
    let row = |image: &SupportedImage| {
        let mut row = json!({
            "nodeAgentSKUId": image.agent,
            "imageReference": {
                "publisher": image.publisher, "offer": image.offer, "sku": image.sku, "version": "latest",
            },
            "osType": if image.windows { "windows" } else { "linux" },
            "verificationType": "verified",
        });
        if image.containers {
            row["capabilities"] = json!(["DockerCompatible"]);
        }
        if let Some(end) = image.end {
            row["batchSupportEndOfLife"] = json!(end);
        }
        row
    };
    SUPPORTED.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_are_known_by_their_system_and_retired_ones_not_at_all() {
        assert_eq!(agent_is_windows("batch.node.windows amd64"), Some(true));
        assert_eq!(agent_is_windows("batch.node.ubuntu 24.04"), Some(false));
        assert_eq!(agent_is_windows("batch.node.ubuntu 18.04"), None);
    }
}
