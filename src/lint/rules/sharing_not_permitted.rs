//! `gallery/sharing-not-permitted`: whoever shares a gallery may do so.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::permission::{grant, missing};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("gallery/sharing-not-permitted"),
    facts: &[],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Azure,
    checks: "Whoever signs in may share a gallery whose `sharing` is written.",
    why: "Writing a gallery and sharing it are two permissions, and Contributor has only the first: the gallery would be made, and nobody let in. It is a warning, because whoever plans need not be who applies.",
    example: "# az role assignment list --assignee PRINCIPAL --scope GALLERY\n#   Contributor\ngalleries: [{ name: g, sharing: { permissions: Groups } }]",
    mend: "# once:\n#   az role assignment create --assignee PRINCIPAL --role \"Compute Gallery Sharing Admin\" --scope GALLERY",
    source: "Microsoft, \"Share a gallery with all users in a subscription or tenant\"; \"Share images using a community gallery\"",
    check,
};

const SHARE: [&str; 1] = ["Microsoft.Compute/galleries/share/action"];

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for gallery in subject.galleries.iter().filter(|gallery| gallery.spec.sharing.is_some()) {
        // Where it is still to be made, what holds for its group will hold for it.
        let scope = match subject.live(&gallery.address) {
            Some(live) => Some(live.id.clone()),
            None => gallery.id.in_group(),
        };
        let Some(scope) = scope.filter(|scope| !missing(subject, scope, &SHARE).is_empty()) else { continue };
        let message = format!("whoever signs in does not have {} on {scope}", SHARE[0]);
        found.push(
            RULE.found(gallery.entry.place_at(&["sharing", "permissions"]), message)
                .help(grant("Compute Gallery Sharing Admin", &scope)),
        );
    }
}
