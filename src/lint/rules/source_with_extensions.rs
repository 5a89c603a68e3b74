//! The machine that a source was taken from has extensions.

use serde_json::Value;

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::source_facts::{Type, outside};
use crate::lint::subject::Subject;
use crate::model::facts::Question;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-version/source-with-extensions"),
    facts: &["A14"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Azure,
    checks: "The virtual machine that a source was taken from has no extensions, where Azure still knows that machine.",
    why: "What an extension has left on the disk (the Custom Script Extension is the usual one) is on every node too, and may keep Batch's own agent from starting there.",
    example: "# az vm extension list --vm-name builder -g build --query '[].name'\n#   [\"CustomScript\"]\nsnapshots: [{ name: render-os, source: /subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/build/providers/Microsoft.Compute/disks/builder-os }]",
    mend: "# once, before the disk is captured again:\n#   az vm extension delete --vm-name builder -g build -n CustomScript\n# and install what nodes need with the pool's `extensions`, or its start task",
    source: "Microsoft, \"Use a managed image to create a custom image pool\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for source in outside(subject) {
        let Some(machine) = source.machine() else { continue };
        let extensions = subject.ask(Question::Extensions(machine.clone())).there().and_then(Value::as_array);
        let names = extensions.into_iter().flatten().filter_map(|extension| extension.get("name")?.as_str());
        let names: Vec<&str> = names.collect();
        if names.is_empty() {
            continue;
        }
        let (machine_name, names_of_all) = (machine.name(), names.join(", "));
        let message = match source.of {
            Type::Machine => format!("{machine_name} has the extensions {names_of_all}"),
            _ => format!("{} is of {machine_name}, which has the extensions {names_of_all}", source.name()),
        };
        found.push(RULE.found(source.written.node.place, message).help(format!(
            "`az vm extension delete --vm-name {machine_name} --resource-group {} --name {}`, and capture it again",
            machine.group(),
            names[0]
        )));
    }
}
