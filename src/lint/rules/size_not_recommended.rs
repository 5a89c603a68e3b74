//! `pool/size-not-recommended`: a pool's nodes are of a size that its image is meant for.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/size-not-recommended"),
    facts: &["B38"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    checks: "The cores of a pool's `vmSize` are in the range of `recommended.vCPUs` of its image, where the name of the size tells them.",
    why: "The range is advice of whoever made the image, and Azure does not hold a pool to it. Sizes tell their cores by their names from the third version of a series on.",
    example: "images:\n  - { name: ubuntu, recommended: { vCPUs: { min: 4 } } }\npools:\n  - { id: render, image: ubuntu@1.0.0, vmSize: Standard_D2ds_v5 }",
    mend: "pools:\n  - { id: render, image: ubuntu@1.0.0, vmSize: Standard_D4ds_v5 }",
    source: "Microsoft, \"Shared Image Galleries overview\"; Microsoft, \"Azure virtual machine sizes naming conventions\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let size = pool.spec.vm_size.as_deref();
        let Some((size, cores)) = size.and_then(|size| Some((size, cores(size)?))) else { continue };
        let Some(image) = subject.image_of(pool) else { continue };
        let range = image.spec.recommended.as_ref().and_then(|recommended| recommended.vcpus.as_ref());
        let Some(range) = range else { continue };
        let (bound, key, words) = match (range.min, range.max) {
            (Some(min), _) if cores < min => (min, "min", "at least"),
            (_, Some(max)) if cores > max => (max, "max", "at most"),
            _ => continue,
        };
        let message = format!("{size} has {cores} cores, and {} is meant for {words} {bound}", image.address);
        found.push(
            RULE.found(pool.entry.place_of("vmSize"), message)
                .also(image.entry.place_at(&["recommended", "vCPUs", key]), "what it is meant for")
                .help("take another size, or correct the range if the image runs well there"),
        );
    }
}

/// The cores of a size, as its name tells them: the number after the series, or the one after the dash of a size with
/// fewer active cores. Older series count otherwise.
fn cores(size: &str) -> Option<u32> {
    let name = size.get(.."Standard_".len()).filter(|prefix| prefix.eq_ignore_ascii_case("Standard_"));
    let mut parts = size.get(name?.len()..)?.split('_');
    let first = parts.next()?;
    let version = parts.next_back()?.strip_prefix(['v', 'V'])?.parse::<u32>().ok()?;
    let from = first.find(|letter: char| letter.is_ascii_digit())?;
    let number = |text: &str| {
        let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
        text.get(..end)?.parse::<u32>().ok()
    };
    let all = number(first.get(from..)?)?;
    let cores = first.split_once('-').map_or(Some(all), |(_, active)| number(active));
    cores.filter(|_| version >= 3)
}

#[cfg(test)]
mod tests {
    use super::cores;

    #[test]
    fn a_name_tells_the_cores_where_the_convention_holds() {
        for (size, told) in [
            ("Standard_D4ds_v5", Some(4)),
            ("standard_d2s_v5", Some(2)),
            ("Standard_E8-4ds_v5", Some(4)),
            ("Standard_HB120rs_v3", Some(120)),
            ("Standard_NC24ads_A100_v4", Some(24)),
            ("Standard_D3_v2", None),
            ("Standard_A5", None),
            ("Basic_A1", None),
            ("", None),
        ] {
            assert_eq!(cores(size), told, "{size}");
        }
    }
}
