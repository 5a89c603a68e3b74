//! `pool/accelerated-networking-unsupported`: accelerated networking is asked for where it is possible.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::size_facts::SizeFacts;
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/accelerated-networking-unsupported"),
    facts: &["B45"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Either,
    checks: "A pool with `enableAcceleratedNetworking: true` has an image and a VM size that can do it. Azure's list of sizes decides; without it only series that never can are held to this.",
    why: "The image says that it has no driver for it, or the size has no such network: Azure refuses the nodes, or they come without it.",
    example: "pools:\n  - id: render\n    vmSize: Standard_A2_v2\n    networkConfiguration: { enableAcceleratedNetworking: true }",
    mend: "pools:\n  - id: render\n    vmSize: Standard_D4s_v5\n    networkConfiguration: { enableAcceleratedNetworking: true }",
    source: "Microsoft, \"Shared image galleries\" (features of an image definition) and \"Av2-series\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let network = pool.spec.network_configuration.as_ref();
        if network.and_then(|network| network.enable_accelerated_networking) != Some(true) {
            continue;
        }
        let place = pool.entry.place_at(&["networkConfiguration", "enableAcceleratedNetworking"]);
        if let Some(size) = SizeFacts::of(subject, pool)
            && size.is_never_accelerated()
        {
            let message = format!("`{}` has no accelerated networking", size.name);
            found.push(
                RULE.found(place, message)
                    .also(pool.entry.place_of("vmSize"), "the size")
                    .help("choose another size, or leave `enableAcceleratedNetworking` out"),
            );
        }
        let said = subject.image_of(pool).and_then(|image| {
            let (value, place) = image.feature("IsAcceleratedNetworkSupported")?;
            value.eq_ignore_ascii_case("false").then(|| (image.address.clone(), place))
        });
        if let Some((image, feature)) = said {
            let message = format!("{image} says that it cannot do accelerated networking");
            found.push(
                RULE.found(place, message)
                    .also(feature, "said here")
                    .help("leave `enableAcceleratedNetworking` out, or boot an image that can"),
            );
        }
    }
}
