//! How many cores a VM size has, read out of its name, where Azure's naming puts them.
//! Has no list of sizes, and says nothing where the number in the name is not the cores.

/// The cores of a size such as `Standard_D4ds_v5`; of one whose cores are constrained (`E8-4ds_v5`), those of the machine.
pub(in crate::lint) fn cores(vm_size: &str) -> Option<u32> {
    read(vm_size).map(|(machine, _)| machine)
}

/// The cores that are active: of `E8-4ds_v5` the four.
pub(in crate::lint) fn active_cores(vm_size: &str) -> Option<u32> {
    read(vm_size).map(|(_, active)| active)
}

/// Those of the machine, and those that are active.
fn read(vm_size: &str) -> Option<(u32, u32)> {
    let lower = vm_size.to_ascii_lowercase();
    let mut parts = lower.strip_prefix("standard_")?.split('_');
    let size = parts.next()?;
    let (series, rest) = size.split_at(size.find(|letter: char| letter.is_ascii_digit())?);
    let version = parts.find(|part| is_version(part));
    let is_step = match series {
        "a" | "g" | "gs" => version.is_none(),
        "d" | "ds" => matches!(version, None | Some("v2")),
        _ => series.is_empty() || !series.bytes().all(|letter| letter.is_ascii_lowercase()),
    };
    let number = |text: &str| {
        let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
        text.get(..digits)?.parse().ok().filter(|cores| *cores > 0)
    };
    let machine = number(rest)?;
    let active = rest.split_once('-').map_or(Some(machine), |(_, active)| number(active))?;
    (!is_step).then_some((machine, active))
}

fn is_version(part: &str) -> bool {
    part.strip_prefix('v')
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::{active_cores, cores};

    #[test]
    fn cores_stand_in_the_name() {
        for (size, wanted) in [
            ("Standard_D4ds_v5", Some(4)),
            ("STANDARD_D2S_V3", Some(2)),
            ("Standard_A1_v2", Some(1)),
            ("Standard_F8s", Some(8)),
            ("Standard_HB120rs_v3", Some(120)),
            ("Standard_NC24ads_A100_v4", Some(24)),
            ("Standard_E8-4ds_v5", Some(8)),
            ("Standard_M96ds_1_v3", Some(96)),
            // A step of the series, and not the cores.
            ("Standard_D4_v2", None),
            ("Standard_DS13_v2_Promo", None),
            ("Standard_D4", None),
            ("Standard_A9", None),
            ("Standard_G3", None),
            ("Basic_A1", None),
            ("Standard_D", None),
            ("Standard_4", None),
            ("", None),
        ] {
            assert_eq!(cores(size), wanted, "{size}");
        }
        assert_eq!(active_cores("Standard_E8-4ds_v5"), Some(4));
        assert_eq!(active_cores("Standard_D4ds_v5"), Some(4));
    }
}
