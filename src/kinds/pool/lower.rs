//! A pool to Azure's body.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::diag::{Code, Diagnostic, Report};
use crate::kinds::declared::Declared;
use crate::kinds::lowering::{Lowered, Lowering, Registration};
use crate::kinds::pool::image::{Image, Version, resolve};
use crate::kinds::pool::spec::rollout::RolloutStrategy;
use crate::kinds::pool::spec::{self, PoolSpec};
use crate::kinds::scope::{Identity, Scope};
use crate::model::desired::Until;
use crate::model::duration;
use crate::model::pending::{Crowd, Question, RegionOf};
use crate::model::rollout::{OnDeadline, Rollout, Strategy};

const MACHINE: &str = "/properties/deploymentConfiguration/virtualMachineConfiguration";
const TIMEOUT: &str = "/properties/scaleSettings/fixedScale/resizeTimeout";

pub(super) fn lower(
    entry: &Declared,
    own: &Identity,
    scope: &Scope<'_>,
    report: &mut Report,
) -> Option<Lowered> {
    let spec: &PoolSpec = entry.spec();
    let mut whole = true;
    for key in spec.missing() {
        whole = false;
        report.push(
            Diagnostic::error(Code::MissingKey, entry.place(), format!("pool `{}` needs `{key}`", spec.id))
                .help("write it on the pool, or in the profile that the pool names"),
        );
    }
    let account = scope.account(&spec.account, entry.place_of("account")).ok()?;
    let place = entry.place_of("image");
    let image = spec.image.as_deref().map(|text| resolve(text, place, scope)).transpose();
    let image = match image {
        Ok(Some(image)) if whole => image,
        Ok(_) => return None,
        Err(diagnostic) => {
            report.push(diagnostic);
            return None;
        }
    };

    let mut lowering = Lowering::of(entry);
    if let Some(identity) = &spec.identity {
        let ids: Map<String, Value> =
            identity.user_assigned_identities.iter().map(|id| (id.clone(), json!({}))).collect();
        lowering.put("/identity", json!({ "type": "UserAssigned", "userAssignedIdentities": ids }));
    }
    scale(spec, &mut lowering);
    lowering.need(&account.address, Until::Settled, entry.place_of("account"));

    // Azure's own region decides, and the file's stands in for it where the account cannot be read.
    let region = RegionOf::Account(account.address.clone());
    let mut referenced = Vec::new();
    let reference = format!("{MACHINE}/imageReference/id");
    let Image { definition, version } = image;
    referenced.extend(definition.referenced("image-definition", place));
    match version {
        Version::Pinned(version) => {
            lowering.put(&reference, version.id.to_string().into());
            lowering.need(&version.address, Until::ReadyIn(region.clone()), place);
            referenced.extend(version.referenced("image-version", place));
        }
        Version::Azure => {
            lowering.put(&reference, definition.id.to_string().into());
            lowering.need(&definition.address, Until::Settled, place);
            let (definition, address) = (definition.id.clone(), definition.address.clone());
            let question = Question::AnyVersion { definition, address, region: region.clone() };
            lowering.leave_to_planning(&reference, question);
        }
        Version::Latest => {
            let follow = spec.rollout.as_ref().and_then(|rollout| rollout.follow).unwrap_or(false);
            let question = Question::LatestVersion {
                definition: definition.id.clone(),
                address: definition.address.clone(),
                region: region.clone(),
                follow,
            };
            lowering.ask(&reference, question);
        }
    }
    lowering.written_at(&reference, place);

    // Batch reads an image of another subscription by its own registration there.
    let foreign = !definition.id.subscription().eq_ignore_ascii_case(own.id.subscription());
    let registration = foreign.then(|| Registration {
        subscription: definition.id.subscription().to_owned(),
        namespace: "Microsoft.Batch",
        place,
    });
    let crowd = Crowd { pool: own.address.clone(), nodes: most_nodes(spec), region };
    let mut desired = lowering.finish(own, scope);
    desired.wishes.rollout = spec.rollout.as_ref().map(rollout).unwrap_or_default();
    let crowd = Some((definition.address, crowd));
    Some(Lowered { desired: Some(desired), referenced, crowd, registration, ..Lowered::default() })
}

/// The most nodes that a pool can have: what the file says, else a fixed target. A formula does not tell.
pub(crate) fn most_nodes(spec: &PoolSpec) -> Option<u64> {
    let fixed = spec.scale_settings.as_ref().and_then(|scale| scale.fixed_scale.as_ref());
    let target = fixed.map(|fixed| {
        u64::from(fixed.target_dedicated_nodes.unwrap_or(0))
            + u64::from(fixed.target_low_priority_nodes.unwrap_or(0))
    });
    spec.max_nodes.map(u64::from).or(target)
}

/// What is left out of `rollout` is as its documentation says.
fn rollout(spec: &spec::rollout::Rollout) -> Rollout {
    let default = Rollout::default();
    let deadline = spec.deadline.as_deref().and_then(duration::seconds).map(Duration::from_secs);
    Rollout {
        strategy: match spec.strategy {
            // What Azure's own upgrade does not bring goes the usual way.
            None | Some(RolloutStrategy::Drain | RolloutStrategy::Automatic) => Strategy::Drain,
            Some(RolloutStrategy::BlueGreen) => Strategy::BlueGreen,
            Some(RolloutStrategy::Replace) => Strategy::Replace,
            Some(RolloutStrategy::Hold) => Strategy::Hold,
        },
        deadline: deadline.unwrap_or(default.deadline),
        on_deadline: match spec.on_deadline {
            None | Some(spec::rollout::OnDeadline::Stop) => OnDeadline::Stop,
            Some(spec::rollout::OnDeadline::Requeue) => OnDeadline::Requeue,
        },
        allow_replace: spec.allow_replace == Some(true),
        rollback: spec.rollback == Some(true),
    }
}

fn scale(spec: &PoolSpec, lowering: &mut Lowering<'_>) {
    let Some(fixed) = spec.scale_settings.as_ref().and_then(|scale| scale.fixed_scale.as_ref()) else {
        return;
    };
    if fixed.resize_timeout.as_deref() == Some("auto") {
        let nodes = u64::from(fixed.target_dedicated_nodes.unwrap_or(0))
            + u64::from(fixed.target_low_priority_nodes.unwrap_or(0));
        lowering.ask(TIMEOUT, Question::ResizeTimeout { nodes });
    }
}
