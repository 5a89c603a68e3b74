//! What images are made from: where it is written, and the disk snapshots and managed images of the stack that it may mean.
//! Finds what the stack makes itself, and nothing else; what Azure knows of the rest is in `source_facts`.

use std::collections::{BTreeMap, BTreeSet};

use crate::kinds::declared::Declared;
use crate::kinds::scope::Scope;
use crate::lint::subject::Subject;
use crate::model::address::Address;
use crate::model::region;
use crate::model::resource_id::ResourceId;
use crate::spec::node::Node;

/// Something that images are made from.
#[derive(Debug)]
pub struct Made<'a> {
    /// As it is written.
    pub entry: &'a Declared,
    /// Its address.
    pub address: Address,
    /// The region it is in, in Azure's short form.
    pub home: String,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Sources<'a> {
    made: Vec<Made<'a>>,
    by_id: BTreeMap<ResourceId, usize>,
    /// By kind and name in lower case; none for a name that several have.
    by_name: BTreeMap<(&'static str, String), Option<usize>>,
}

impl<'a> Sources<'a> {
    /// Those of a stack.
    pub(crate) fn of(scope: &Scope<'a>) -> Self {
        let mut sources = Self::default();
        for (entry, own) in scope.entries() {
            let kind = entry.kind.name();
            if !["disk-snapshot", "managed-image"].contains(&kind) {
                continue;
            }
            let at = sources.made.len();
            let home = region::normal(&scope.home(entry).location);
            sources.by_id.insert(own.id.clone(), at);
            sources
                .by_name
                .entry((kind, own.id.name().to_lowercase()))
                .and_modify(|known| *known = None)
                .or_insert(Some(at));
            sources.made.push(Made { entry, address: own.address.clone(), home });
        }
        sources
    }

    /// Those of one kind.
    pub fn all(&self, kind: &str) -> impl Iterator<Item = &Made<'a>> {
        self.made.iter().filter(move |made| made.entry.kind.name() == kind)
    }

    /// The one of a kind that a text means, where the stack makes it.
    pub fn find(&self, kind: &'static str, text: &str) -> Option<&Made<'a>> {
        let at = if text.starts_with('/') {
            *self.by_id.get(&ResourceId::parse(text).ok()?)?
        } else {
            (*self.by_name.get(&(kind, text.to_lowercase()))?)?
        };
        self.made.get(at).filter(|made| made.entry.kind.name() == kind)
    }
}

/// A source as something to be made writes it.
#[derive(Debug, Clone, Copy)]
pub(in crate::lint) struct Written<'s> {
    /// What is made from it.
    pub(in crate::lint) made: &'s Address,
    /// Where that is made, in Azure's short form.
    pub(in crate::lint) home: &'s str,
    /// The kind of the stack that it may be.
    pub(in crate::lint) kind: &'static str,
    /// The text that names it.
    pub(in crate::lint) node: &'s Node,
    /// What becomes of it there.
    pub(in crate::lint) part: Part,
}

/// What becomes of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::lint) enum Part {
    /// All disks of an image.
    Whole,
    /// The disk with the operating system.
    System,
    /// A further disk.
    Data,
    /// A copy, of which nothing says what is on it.
    Copy,
}

/// Every source that the stack writes.
pub(in crate::lint) fn written<'s>(subject: &'s Subject<'_>) -> Vec<Written<'s>> {
    let mut all = Vec::new();
    for version in subject.versions.iter().filter(|version| !version.spec.remove) {
        let Some(source) = version.entry.node.get("source") else { continue };
        let mut add = |kind, part, node: Option<&'s Node>| {
            let (made, home) = (&version.address, version.home.as_str());
            all.extend(node.map(|node| Written { made, home, kind, node, part }));
        };
        add("managed-image", Part::Whole, source.get("managedImage"));
        add("image-version", Part::Whole, source.get("imageVersion"));
        add("virtual-machine", Part::Whole, source.get("virtualMachine"));
        let snapshots = source.get("snapshots");
        add("disk-snapshot", Part::System, snapshots.and_then(|node| node.get("os")));
        let data =
            |node: Option<&'s Node>| node.and_then(|node| node.get("data")).map_or(&[][..], Node::elements);
        for disk in data(snapshots) {
            add("disk-snapshot", Part::Data, disk.get("snapshot"));
        }
        // A blob is read by way of its account.
        let vhd = source.get("vhd");
        add("storage-account", Part::System, vhd.and_then(|node| node.get("storageAccountId")));
        for disk in data(vhd) {
            add("storage-account", Part::Data, disk.get("storageAccountId"));
        }
    }
    for image in subject.sources.all("managed-image") {
        let data = image.entry.node.get("dataDisks").map_or(&[][..], Node::elements);
        let os = image.entry.node.get("osDisk").into_iter().map(|disk| (Part::System, disk));
        for (part, disk) in os.chain(data.iter().map(|disk| (Part::Data, disk))) {
            let sources = [("disk-snapshot", disk.get("snapshot")), ("disk", disk.get("managedDisk"))];
            for (kind, node) in sources {
                let (made, home) = (&image.address, image.home.as_str());
                all.extend(node.map(|node| Written { made, home, kind, node, part }));
            }
        }
    }
    for snapshot in subject.sources.all("disk-snapshot") {
        let (made, home) = (&snapshot.address, snapshot.home.as_str());
        let node = snapshot.entry.node.get("source");
        let (kind, part) = ("disk-snapshot", Part::Copy);
        all.extend(node.map(|node| Written { made, home, kind, node, part }));
    }
    all
}

/// Everything that a source ends in, by way of what else the stack makes.
pub(in crate::lint) fn ends_in<'s>(subject: &'s Subject<'_>, source: &Written<'s>) -> BTreeSet<&'s Address> {
    let mut reached = BTreeSet::from([source.made]);
    // What is made of a version of the stack is its copy, and no larger.
    if source.made.kind() == "image-version" {
        return reached;
    }
    let all = written(subject);
    loop {
        let is_next = |other: &&Written<'_>| {
            let own = other.node.text().and_then(|text| subject.sources.find(other.kind, text));
            own.is_some_and(|own| reached.contains(&own.address))
        };
        let next: Vec<&Address> = all.iter().filter(is_next).map(|other| other.made).collect();
        let before = reached.len();
        reached.extend(next);
        if reached.len() == before {
            return reached;
        }
    }
}
