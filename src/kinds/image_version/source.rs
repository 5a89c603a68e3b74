//! What a version is made from, where Azure wants it.
//! Knows the forms of a source and no more; whether what they name is fit is for rules.

use serde_json::{Value, json};

use crate::diag::{Code, Diagnostic, Place, Report};
use crate::kinds::declared::Declared;
use crate::kinds::image_version::spec::{ImageVersionSpec, ORIGINS, SnapshotsSource, VersionSource};
use crate::kinds::image_version::vhd;
use crate::kinds::lowering::Lowering;
use crate::kinds::scope::{Identity, Scope, parse_id};
use crate::model::chain::Chain;
use crate::model::desired::Until;
use crate::model::pending::Question;
use crate::model::resource_id::ResourceId;
use crate::spec::node::Node;

const WHOLE: &str = "/properties/storageProfile/source";
pub(super) const OS: &str = "/properties/storageProfile/osDiskImage/source";
pub(super) const DATA: &str = "/properties/storageProfile/dataDiskImages";

/// A resource that a version is made from.
struct Named<'s> {
    /// The property of the body that holds the source.
    pointer: String,
    /// The property of it that names the resource.
    key: &'static str,
    id: ResourceId,
    own: Option<&'s Identity>,
    place: Place,
}

/// Puts the source where Azure wants it; false: it is wrong, and in the report.
pub(super) fn source(
    entry: &Declared,
    spec: &ImageVersionSpec,
    own: &Identity,
    lowering: &mut Lowering<'_>,
    scope: &Scope<'_>,
    report: &mut Report,
) -> bool {
    let (Some(source), Some(node)) = (&spec.source, entry.node.get("source")) else {
        if spec.remove {
            return true;
        }
        report.push(
            Diagnostic::error(Code::MissingKey, entry.place(), format!("version {} does not say its `source`", spec.version))
                .help("write what it is made from: `source: { managedImage: NAME }`, or `virtualMachine`, `snapshots`, `vhd`, `imageVersion`"),
        );
        return false;
    };
    if let Err(diagnostic) = one_origin(source, node) {
        report.push(diagnostic);
        return false;
    }
    let whole = match &source.vhd {
        Some(source) => vhd::blobs(source, node.get("vhd").unwrap_or(node), own, lowering),
        None => resources(source, node, lowering, scope)
            .map(|named| named.into_iter().for_each(|named| put(named, lowering))),
    };
    match whole {
        Ok(()) => true,
        Err(diagnostic) => {
            report.push(diagnostic);
            false
        }
    }
}

/// A source has one origin, and only a virtual machine has a way.
fn one_origin(source: &VersionSource, node: &Node) -> Result<(), Diagnostic> {
    let written = || node.entries().iter().filter(|entry| !entry.value.is_null());
    let mut origins = written().filter(|entry| ORIGINS.contains(&entry.key.as_str()));
    let (first, second) = (origins.next(), origins.next());
    if first.is_none() || second.is_some() {
        let count = written().filter(|entry| ORIGINS.contains(&entry.key.as_str())).count();
        let place = second.map_or(node.place, |entry| entry.key_place);
        let message = format!("`source` takes exactly one of {}, and has {count}", ORIGINS.join(", "));
        return Err(Diagnostic::error(Code::OutOfRange, place, message));
    }
    let key_place = |key: &str| {
        let entry = written().find(|entry| entry.key == key);
        entry.map_or(node.place, |entry| entry.key_place)
    };
    if source.via.is_some() && source.virtual_machine.is_none() {
        let message = "`via` says how a `virtualMachine` becomes a version, and there is none";
        return Err(Diagnostic::error(Code::NotAllowed, key_place("via"), message)
            .help("write `virtualMachine: ID` beside it, or take `via` away"));
    }
    if source.keep_intermediates.is_some() && source.via.is_none() {
        let message = "`keepIntermediates` is about what `via` makes, and there is no `via`";
        return Err(Diagnostic::error(Code::NotAllowed, key_place("keepIntermediates"), message)
            .help("write `via: snapshots` beside it, or take it away"));
    }
    Ok(())
}

fn resources<'s>(
    source: &VersionSource,
    node: &Node,
    lowering: &mut Lowering<'_>,
    scope: &'s Scope<'_>,
) -> Result<Vec<Named<'s>>, Diagnostic> {
    let at = |key: &str| node.get(key).map_or(node.place, |node| node.place);
    let whole = |key, id, own, place| vec![Named { pointer: WHOLE.to_owned(), key, id, own, place }];
    if let Some(text) = &source.managed_image {
        let place = at("managedImage");
        let (id, own) = scope.name_or_id("managed-image", &["Microsoft.Compute/images"], text, place)?;
        return Ok(whole("id", id, own, place));
    }
    if let Some(text) = &source.image_version {
        let place = at("imageVersion");
        let id = parse_id(text, &["Microsoft.Compute/galleries/images/versions"], place)?;
        let own = scope.by_id(&id);
        return Ok(whole("id", id, own, place));
    }
    if let Some(text) = &source.virtual_machine {
        let place = at("virtualMachine");
        let id = parse_id(text, &["Microsoft.Compute/virtualMachines"], place)?;
        if source.via.is_some() {
            let keep = source.keep_intermediates.unwrap_or(true);
            lowering.leave_to_planning(WHOLE, Question::Chain(Chain { machine: id.clone(), keep }));
            lowering.written_at(WHOLE, at("via"));
        }
        return Ok(whole("virtualMachineId", id, None, place));
    }
    match &source.snapshots {
        Some(snapshots) => disks(snapshots, node.get("snapshots").unwrap_or(node), lowering, scope),
        None => Ok(Vec::new()),
    }
}

fn disks<'s>(
    snapshots: &SnapshotsSource,
    node: &Node,
    lowering: &mut Lowering<'_>,
    scope: &'s Scope<'_>,
) -> Result<Vec<Named<'s>>, Diagnostic> {
    let luns: Vec<Value> = snapshots.data.iter().map(|disk| json!({ "lun": disk.lun })).collect();
    if !luns.is_empty() {
        lowering.put(DATA, Value::Array(luns));
    }
    let os_place = node.get("os").map_or(node.place, |node| node.place);
    let os = (OS.to_owned(), &snapshots.os, os_place);
    let nodes = node.get("data").map(Node::elements).unwrap_or_default();
    let data = snapshots.data.iter().zip(nodes).enumerate().map(|(index, (disk, node))| {
        let place = node.get("snapshot").map_or(node.place, |node| node.place);
        (format!("{DATA}/{index}/source"), &disk.snapshot, place)
    });
    let named = std::iter::once(os).chain(data).map(|(pointer, text, place)| {
        let types = ["Microsoft.Compute/snapshots", "Microsoft.Compute/disks"];
        let (id, own) = scope.name_or_id("disk-snapshot", &types, text, place)?;
        Ok(Named { pointer, key: "id", id, own, place })
    });
    named.collect()
}

fn put(named: Named<'_>, lowering: &mut Lowering<'_>) {
    let Named { pointer, key, id, own, place } = named;
    let value = json!({ key: id.to_string() });
    match pointer.rsplit_once('/').and_then(|(parent, key)| Some((lowering.body.pointer_mut(parent)?, key))) {
        Some((Value::Object(parent), key)) => {
            parent.insert(key.to_owned(), value);
        }
        _ => lowering.put(&pointer, value),
    }
    lowering.written_at(&format!("{pointer}/{key}"), place);
    if let Some(own) = own {
        lowering.need(&own.address, Until::SettledToCreate, place);
    }
}
