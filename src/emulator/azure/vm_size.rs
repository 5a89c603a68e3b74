//! What a VM size's name tells: its cores, its family, whether it is one at all.
//! Reads names only; there is no list of sizes that would have to be kept up to date.

/// A VM size, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VmSize {
    /// Cores of one machine.
    pub(crate) cores: u32,
    /// The quota family in lower case, such as `standardddsv5family`.
    pub(crate) family: String,
}

/// Reads a name such as `Standard_D4ds_v5`, in any case; none when it is no size that Batch takes.
pub(crate) fn parse(name: &str) -> Option<VmSize> {
    let lower = name.to_ascii_lowercase();
    let mut parts = lower.split('_');
    let tier = parts.next().filter(|tier| matches!(*tier, "standard" | "basic"))?;
    let size = parts.next()?;
    let tail: Vec<&str> = parts.collect();
    let series_end = size.find(|letter: char| letter.is_ascii_digit())?;
    let (series, rest) = size.split_at(series_end);
    if series.is_empty() || !series.bytes().all(|byte| byte.is_ascii_lowercase()) || size == "a0" {
        return None;
    }
    let number_end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    let number: u32 = rest[..number_end].parse().ok().filter(|cores| (1..=1_000).contains(cores))?;
    let features: String =
        rest[number_end..].chars().filter(|letter| !letter.is_ascii_digit() && *letter != '-').collect();
    if !features.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    let version = tail.iter().find(|part| is_version(part)).copied().unwrap_or_default();
    let known = |part: &&str| is_version(part) || part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if tail.len() > 2 || !tail.iter().all(known) {
        return None;
    }
    Some(VmSize {
        cores: cores(series, number, version),
        family: format!("{tier}{series}{features}{version}family"),
    })
}

fn is_version(part: &str) -> bool {
    part.strip_prefix('v')
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The number in a name is the cores, but for the oldest series, where it is a step.
fn cores(series: &str, number: u32, version: &str) -> u32 {
    let stepped = matches!((series, version), ("d" | "ds" | "g" | "gs" | "f", "") | ("d" | "ds", "v2"))
        || (series == "a" && version.is_empty());
    match (stepped, series, number) {
        (true, "f", _) | (false, ..) => number,
        (true, "g" | "gs", step) => 2 << step.clamp(1, 5),
        (true, "a", step) => {
            [1, 1, 2, 4, 8, 2, 4, 8, 8, 16, 8, 16].get(step as usize).copied().unwrap_or(number)
        }
        (true, _, step @ 1..=4) => 1 << (step - 1),
        (true, _, step @ 11..=15) => [2, 4, 8, 16, 20][(step - 11) as usize],
        (true, ..) => 16,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_are_read_from_names() {
        for (name, cores) in [
            ("Standard_D4ds_v5", 4),
            ("STANDARD_D2S_V3", 2),
            ("standard_d4", 8),
            ("Standard_D3_v2", 4),
            ("Standard_D15_v2", 20),
            ("Standard_A1_v2", 1),
            ("standard_a1", 1),
            ("Standard_HB120rs_v3", 120),
            ("Standard_E8-4ds_v5", 8),
            ("Standard_NC24ads_A100_v4", 24),
        ] {
            assert_eq!(parse(name).map(|size| size.cores), Some(cores), "{name}");
        }
        assert_eq!(parse("Standard_D4ds_v5").unwrap().family, "standardddsv5family");
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for name in
            ["", "small", "Standard", "Standard_", "Standard_D", "Standard_D4ds v5", "D4ds_v5", "Standard_A0"]
        {
            assert_eq!(parse(name), None, "{name}");
        }
    }
}
