//! What a write refers to must be open to its caller, too: what versions and disks are made from, and what pools boot.
//! Looks at ids alone: whether there is such a thing is for whoever is asked afterwards.

use serde_json::Value;

use crate::emulator::arm_id::ArmId;
use crate::emulator::azure::authorization::grants;
use crate::emulator::azure::subscription;
use crate::emulator::call::{Call, Failure, Result, Verb};
use crate::emulator::store::World;

/// Refuses a write to Resource Manager whose body refers to what the caller may not use; `action` is the write's own.
pub(super) fn check(world: &World, call: &Call, kind: &str, action: &str) -> Result<()> {
    let Some(properties) = call.body.as_ref().map(|body| &body["properties"]) else { return Ok(()) };
    if !matches!(call.verb, Verb::Put | Verb::Patch) {
        return Ok(());
    }
    check_identities(world, call, action)?;
    let ids = match kind {
        "Microsoft.Compute/galleries/images/versions" => sources(&properties["storageProfile"]),
        "Microsoft.Compute/disks" | "Microsoft.Compute/snapshots" => {
            vec![&properties["creationData"]["sourceResourceId"]]
        }
        "Microsoft.Batch/batchAccounts/pools" => {
            let machine = &properties["deploymentConfiguration"]["virtualMachineConfiguration"];
            check_used(world, call, &machine["imageReference"]["id"])?;
            return check_used(world, call, &properties["networkConfiguration"]["subnetId"]);
        }
        _ => return Ok(()),
    };
    let copies = kind != "Microsoft.Compute/galleries/images/versions";
    for id in ids.into_iter().filter_map(Value::as_str) {
        let Some((id, needed)) = needed(id, copies) else { continue };
        check_subscription(world, call, &id, needed)?;
        if !grants::may(world, &call.caller, needed, &id.path()) {
            return Err(unlinked(call, action, needed, &id.path()));
        }
    }
    Ok(())
}

/// What a version's storage profile names as its sources.
fn sources(profile: &Value) -> Vec<&Value> {
    let disks = profile["dataDiskImages"].as_array().into_iter().flatten();
    let disks = disks.chain([&profile["osDiskImage"]]).map(|disk| &disk["source"]);
    disks
        .chain([&profile["source"]])
        .flat_map(|source| ["id", "virtualMachineId", "storageAccountId"].map(|name| &source[name]))
        .collect()
}

/// The id, and the action that whoever makes something from it, or in it, must have on it, as Microsoft's pages on images
/// and disks say, and Batch where it refuses. None for an id of another form, or of a gallery that is shared with everybody.
fn needed(id: &str, copies: bool) -> Option<(ArmId, &'static str)> {
    let id = ArmId::parse(id).filter(|id| id.is_item() && id.subscription.is_some())?;
    let action = match (id.kind().as_str(), copies) {
        ("microsoft.compute/disks", true) => "Microsoft.Compute/disks/beginGetAccess/action",
        ("microsoft.compute/snapshots", true) => "Microsoft.Compute/snapshots/beginGetAccess/action",
        ("microsoft.compute/disks", false) => "Microsoft.Compute/disks/write",
        ("microsoft.compute/snapshots", false) => "Microsoft.Compute/snapshots/write",
        ("microsoft.compute/virtualmachines", _) => "Microsoft.Compute/virtualMachines/write",
        ("microsoft.compute/images", _) => "Microsoft.Compute/images/read",
        ("microsoft.compute/galleries/images", _) => "Microsoft.Compute/galleries/images/read",
        ("microsoft.compute/galleries/images/versions", _) => {
            "Microsoft.Compute/galleries/images/versions/read"
        }
        ("microsoft.network/virtualnetworks/subnets", _) => {
            "Microsoft.Network/virtualNetworks/subnets/join/action"
        }
        ("microsoft.storage/storageaccounts", _) => "Microsoft.Storage/storageAccounts/listKeys/action",
        _ => return None,
    };
    Some((id, action))
}

/// A token is for one tenant: what lies in a subscription of another cannot be reached with it.
fn check_subscription(world: &World, call: &Call, id: &ArmId, action: &str) -> Result<()> {
    let linked = id.subscription.as_deref().unwrap_or_default();
    let (tenant, own) = (subscription::tenant_of(world, linked), &call.caller.tenant);
    if tenant.is_empty() || tenant.eq_ignore_ascii_case(own) {
        return Ok(());
    }
    let text = format!(
        "The client has permission to perform action '{action}' on scope '{}', however the current tenant '{own}' is not authorized to access linked subscription '{linked}'.",
        call.id.path()
    );
    Err(Failure::arm(403, "LinkedAuthorizationFailed", text))
}

/// 403 in the words of Resource Manager.
pub(super) fn unlinked(call: &Call, action: &str, needed: &str, linked: &str) -> Failure {
    let caller = &call.caller;
    let text = format!(
        "The client '{}' with object id '{}' has permission to perform action '{action}' on scope '{}'; however, it does not have permission to perform action(s) '{needed}' on the linked scope(s) '{linked}' (respectively) or the linked scope(s) are invalid.",
        caller.client,
        caller.object_id,
        call.id.path()
    );
    Failure::arm(403, "LinkedAuthorizationFailed", text)
}

/// Whoever gives an identity to something must be allowed to, whatever provider is asked.
fn check_identities(world: &World, call: &Call, action: &str) -> Result<()> {
    let needed = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action";
    let given = call.body.as_ref().and_then(|body| body["identity"]["userAssignedIdentities"].as_object());
    let ids = given.into_iter().flat_map(|given| given.keys()).filter_map(|id| ArmId::parse(id));
    for id in ids.filter(|id| id.is_item() && id.subscription.is_some()) {
        check_subscription(world, call, &id, needed)?;
        if !grants::may(world, &call.caller, needed, &id.path()) {
            return Err(unlinked(call, action, needed, &id.path()));
        }
    }
    Ok(())
}

/// Batch looks itself whether who makes a pool may read the image that its nodes boot, and let them join their subnet, on
/// either plane.
pub(super) fn check_used(world: &World, call: &Call, used: &Value) -> Result<()> {
    let Some((id, needed)) = used.as_str().and_then(|id| needed(id, false)) else { return Ok(()) };
    check_subscription(world, call, &id, needed)?;
    if grants::may(world, &call.caller, needed, &id.path()) {
        return Ok(());
    }
    let text = "The user identity used for this operation does not have sufficient permissions.";
    Err(Failure::arm(400, "InsufficientPermissions", text).detail("Reason", lacking(needed, &id.path())))
}

/// What somebody lacks, in the words of Batch, which spells them so.
pub(super) fn lacking(action: &str, scope: &str) -> String {
    format!(
        "The user identity used for this operation does not have the required privelege {action} on the specified resource {scope}"
    )
}
