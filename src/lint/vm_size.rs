//! What the name of a VM size tells for certain: its series, the only generation it boots, its processor, its end.
//! Says nothing of a size that it does not know: Azure's own list is asked when planning.

use crate::kinds::vocabulary::HyperVGeneration;

/// A VM size's name, taken apart: `Standard_D4ds_v5` is series `d`, features `ds`, version 5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VmSize {
    basic: bool,
    series: String,
    number: u32,
    features: String,
    /// 1 where none is written.
    version: u32,
}

/// The end of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    /// The series, as Azure calls it.
    pub(crate) series: &'static str,
    /// The day, where one is announced.
    pub(crate) day: Option<&'static str>,
}

impl VmSize {
    /// Reads a name in any case; none for what has not the form of one.
    pub(crate) fn read(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        let (tier, rest) = lower.split_once('_')?;
        let basic = match tier {
            "basic" => true,
            "standard" => false,
            _ => return None,
        };
        let (size, tail) = rest.split_once('_').unwrap_or((rest, ""));
        let (series, rest) = size.split_at(size.find(|letter: char| letter.is_ascii_digit())?);
        let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        let (number, features) = rest.split_at(digits);
        let version = tail.split('_').find_map(|part| part.strip_prefix('v')?.parse().ok());
        Some(Self {
            basic,
            series: series.to_owned(),
            number: number.parse().ok()?,
            features: features.chars().filter(char::is_ascii_lowercase).collect(),
            version: version.unwrap_or(1),
        })
    }

    fn has(&self, feature: char) -> bool {
        self.features.contains(feature)
    }

    /// Whether it is of the A series, old or new.
    pub(crate) fn is_a_series(&self) -> bool {
        self.series == "a"
    }

    /// Whether its processor is an Arm64 one; none where the name does not tell.
    pub(crate) fn is_arm64(&self) -> Option<bool> {
        let tells = matches!((self.series.as_str(), self.version), ("a", _) | ("d" | "e" | "f" | "b", 1..=6));
        tells.then(|| !self.is_a_series() && self.has('p'))
    }

    /// The only generation of images that it boots; none where it boots both or is not known.
    pub(crate) fn only_generation(&self) -> Option<HyperVGeneration> {
        let plain = self.features.is_empty();
        match (self.series.as_str(), self.version) {
            ("a", _) => Some(HyperVGeneration::V1),
            ("d", 1..=3) | ("e", 3) if plain => Some(HyperVGeneration::V1),
            ("dc" | "ec", _) | ("m", 2) => Some(HyperVGeneration::V2),
            ("d" | "e", 6) if !self.has('a') => Some(HyperVGeneration::V2),
            _ if self.is_arm64() == Some(true) => Some(HyperVGeneration::V2),
            _ => None,
        }
    }

    /// Whether all its disks are `NVMe` ones: Intel's sixth version of the D and E series.
    pub(crate) fn has_nvme_only(&self) -> bool {
        matches!(self.series.as_str(), "d" | "e") && self.version == 6 && !self.has('a') && !self.has('p')
    }

    /// Whether its processor certainly cannot make a confidential VM.
    pub(crate) fn is_never_confidential(&self) -> bool {
        match self.series.as_str() {
            "a" | "b" | "d" | "ds" | "e" | "f" | "m" => self.version <= 6,
            // These two have enclaves, which is another thing.
            "dc" => matches!(self.version, 1..=3) && !self.has('a') && !self.has('e'),
            _ => false,
        }
    }

    /// The end of its series, where one is announced.
    pub(crate) fn end(&self) -> Option<End> {
        const MAY_2028: Option<&str> = Some("2028-05-01");
        const NOVEMBER_2028: Option<&str> = Some("2028-11-15");
        let premium = self.has('s');
        let (series, day) = match (self.series.as_str(), self.version) {
            ("a", 1) if self.basic => ("Basic A", Some("2024-08-31")),
            ("a", 1) if (8..=11).contains(&self.number) => ("A8–A11", Some("2021-03-01")),
            ("a", 1) => ("Standard A", Some("2024-08-31")),
            ("a", 2) if self.has('m') => ("Amv2", NOVEMBER_2028),
            ("a", 2) => ("Av2", NOVEMBER_2028),
            ("b", 1) => ("B", NOVEMBER_2028),
            ("d", 1) => ("D", MAY_2028),
            ("d", 2) => ("Dv2", MAY_2028),
            ("ds", 1) => ("Ds", MAY_2028),
            ("ds", 2) => ("Dsv2", MAY_2028),
            ("f", 1) if premium => ("Fs", NOVEMBER_2028),
            ("f", 1) => ("F", NOVEMBER_2028),
            ("f", 2) => ("Fsv2", NOVEMBER_2028),
            ("g", 1) => ("G", NOVEMBER_2028),
            ("gs", 1) => ("Gs", NOVEMBER_2028),
            ("l", 1) => ("Ls", MAY_2028),
            ("l", 2) => ("Lsv2", NOVEMBER_2028),
            // Their days have moved, and are not repeated here.
            ("nc", 3) => ("NCv3", None),
            ("hb", 2) => ("HBv2", None),
            ("hc", _) => ("HC", None),
            ("np", _) => ("NP", None),
            _ => return None,
        };
        Some(End { series, day })
    }
}

#[cfg(test)]
mod tests {
    use super::VmSize;
    use crate::kinds::vocabulary::HyperVGeneration::{self, V1, V2};

    /// What is known of a size: its only generation, whether it is Arm64, the end of its series.
    fn known(name: &str) -> (Option<HyperVGeneration>, Option<bool>, Option<&'static str>) {
        let size = VmSize::read(name).expect("it has the form of a size");
        (size.only_generation(), size.is_arm64(), size.end().map(|end| end.series))
    }

    #[test]
    fn names_tell_what_is_certain() {
        for (name, expected) in [
            ("Standard_A1_v2", (Some(V1), Some(false), Some("Av2"))),
            ("STANDARD_A8m_v2", (Some(V1), Some(false), Some("Amv2"))),
            ("standard_a9", (Some(V1), Some(false), Some("A8–A11"))),
            ("Basic_A2", (Some(V1), Some(false), Some("Basic A"))),
            ("Standard_D2", (Some(V1), Some(false), Some("D"))),
            ("Standard_D3_v2", (Some(V1), Some(false), Some("Dv2"))),
            ("Standard_DS3_v2", (None, None, Some("Dsv2"))),
            ("Standard_DS3_v2_Promo", (None, None, Some("Dsv2"))),
            ("Standard_D2_v3", (Some(V1), Some(false), None)),
            ("Standard_D2s_v3", (None, Some(false), None)),
            ("Standard_E8-4ds_v5", (None, Some(false), None)),
            ("Standard_D4ps_v5", (Some(V2), Some(true), None)),
            ("Standard_D4s_v6", (Some(V2), Some(false), None)),
            ("Standard_D4as_v6", (None, Some(false), None)),
            ("Standard_DC4as_v5", (Some(V2), None, None)),
            ("Standard_M208ms_v2", (Some(V2), None, None)),
            ("Standard_B2s", (None, Some(false), Some("B"))),
            ("Standard_B2s_v2", (None, Some(false), None)),
            ("Standard_B2pts_v2", (Some(V2), Some(true), None)),
            ("Standard_NP10s", (None, None, Some("NP"))),
            ("Standard_NC24ads_A100_v4", (None, None, None)),
            ("Standard_ZZ9_v9", (None, None, None)),
        ] {
            assert_eq!(known(name), expected, "{name}");
        }
    }

    #[test]
    fn what_is_no_size_tells_nothing() {
        for name in ["", "small", "Standard_", "Standard_D", "D4s_v5", "Standard_99999999999s"] {
            assert_eq!(VmSize::read(name), None, "{name}");
        }
    }
}
