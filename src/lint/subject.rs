//! What a rule sees: the entries of a stack with what they mean to each other, each found in one step.
//! Resolves as `desired` does, and reports nothing: what cannot be resolved is told there.

use std::collections::BTreeMap;

use crate::diag::{Place, Report};
use crate::kinds::declared::{Declared, Stack};
use crate::kinds::header::Header;
use crate::kinds::image_definition::spec::ImageDefinitionSpec;
use crate::kinds::image_version::spec::ImageVersionSpec;
use crate::kinds::pool::image::{self, Version};
use crate::kinds::pool::lower::most_nodes;
use crate::kinds::pool::spec::PoolSpec;
use crate::kinds::pool::spec::upgrade_policy::RollingUpgradePolicy;
use crate::kinds::scope::Scope;
use crate::kinds::vocabulary::OsType;
use crate::kinds::vocabulary::TargetRegion;
use crate::lint::node_agent;
use crate::lint::sources::Sources;
use crate::model::address::Address;
use crate::model::region;
use crate::model::resource_id::ResourceId;
use crate::spec::node::Node;

/// A stack, for rules to look at.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The header.
    pub header: &'a Header,
    /// Every entry.
    pub entries: &'a [Declared],
    /// The pools.
    pub pools: Vec<PoolSeen<'a>>,
    /// The image definitions that the stack makes.
    pub images: Vec<ImageSeen<'a>>,
    /// The image versions that the stack makes.
    pub versions: Vec<VersionSeen<'a>>,
    /// The disk snapshots and managed images that the stack makes.
    pub sources: Sources<'a>,
    /// The day it is, such as `2026-11-25`; without it, rules about what has passed say nothing.
    pub today: Option<String>,
}

/// A pool.
#[derive(Debug)]
pub struct PoolSeen<'a> {
    /// As it is written, with its profile filled in.
    pub entry: &'a Declared,
    /// The same, typed.
    pub spec: &'a PoolSpec,
    /// Its address.
    pub address: Address,
    /// Its account's region in Azure's short form, where the file says it.
    pub region: Option<String>,
    /// The most nodes it can have; none under a formula without `maxNodes`.
    pub nodes: Option<u64>,
    /// Which definition it boots, in [`Subject::images`]; none for one that the stack only refers to.
    image: Option<usize>,
    /// Which version.
    pub boots: Boots,
    /// The id of the definition it boots, the stack's own or not.
    pub definition: Option<ResourceId>,
    /// The id of its account.
    pub account: Option<ResourceId>,
}

impl PoolSeen<'_> {
    /// Whether Azure brings new versions to its nodes by itself.
    pub fn upgrades_itself(&self) -> bool {
        let policy = self.spec.upgrade_policy.as_ref();
        let automatic = policy.and_then(|policy| policy.automatic_os_upgrade_policy.as_ref());
        automatic.and_then(|automatic| automatic.enable_automatic_os_upgrade) == Some(true)
    }

    /// How an upgrade proceeds, where that is written.
    pub fn rolling_upgrade(&self) -> Option<&RollingUpgradePolicy> {
        self.spec.upgrade_policy.as_ref()?.rolling_upgrade_policy.as_ref()
    }
}

/// Which version of its image a pool boots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Boots {
    /// That one, in [`Subject::versions`].
    Own(usize),
    /// One that the stack does not make, or an image that is not understood.
    Elsewhere,
    /// The highest when planning.
    Latest,
    /// Whichever Azure chooses whenever a node is made.
    Azures,
}

/// An image definition.
#[derive(Debug)]
pub struct ImageSeen<'a> {
    /// As it is written.
    pub entry: &'a Declared,
    /// The same, typed.
    pub spec: &'a ImageDefinitionSpec,
    /// Its address.
    pub address: Address,
    /// Its id.
    pub id: ResourceId,
}

impl ImageSeen<'_> {
    /// A feature's value, and where it stands. Names are compared without regard to case.
    pub fn feature(&self, name: &str) -> Option<(&str, Place)> {
        let nodes = self.entry.node.get("features").map_or(&[][..], |node| node.elements());
        let mut features = self.spec.features.iter().zip(nodes);
        let (feature, node) = features.find(|(feature, _)| feature.name.eq_ignore_ascii_case(name))?;
        Some((feature.value.trim(), node.get("value").map_or(node.place, |value| value.place)))
    }
}

/// An image version.
#[derive(Debug)]
pub struct VersionSeen<'a> {
    /// As it is written, with what it inherits.
    pub entry: &'a Declared,
    /// The same, typed.
    pub spec: &'a ImageVersionSpec,
    /// Its address.
    pub address: Address,
    /// Its id.
    pub id: ResourceId,
    /// Its definition, in [`Subject::images`].
    image: Option<usize>,
    /// The region it is made in, in Azure's short form.
    pub home: String,
}

impl VersionSeen<'_> {
    /// Its regions, each with what stands in the file for it.
    pub fn regions(&self) -> impl Iterator<Item = (&TargetRegion, &Node)> {
        let nodes = self.entry.node.get("targetRegions").map_or(&[][..], Node::elements);
        self.spec.target_regions.iter().zip(nodes)
    }
}

impl<'a> Subject<'a> {
    /// Looks a stack through once.
    pub fn of(stack: &'a Stack, today: Option<String>) -> Self {
        let scope = Scope::of(stack, &mut Report::default());
        let mut subject = Self {
            header: &stack.header,
            entries: &stack.declared,
            pools: Vec::new(),
            images: Vec::new(),
            versions: Vec::new(),
            sources: Sources::of(&scope),
            today,
        };
        let mut images: BTreeMap<Address, usize> = BTreeMap::new();
        let mut versions: BTreeMap<Address, usize> = BTreeMap::new();
        for (entry, own) in scope.entries() {
            let (address, id) = (own.address.clone(), own.id.clone());
            match entry.kind.name() {
                "image-definition" => {
                    images.insert(address.clone(), subject.images.len());
                    subject.images.push(ImageSeen { entry, spec: entry.spec(), address, id });
                }
                "image-version" => {
                    let parent = scope.parent(entry);
                    let image = parent.and_then(|(_, parent)| images.get(&parent.address).copied());
                    versions.insert(address.clone(), subject.versions.len());
                    let home = region::normal(&scope.home(entry).location);
                    subject.versions.push(VersionSeen {
                        entry,
                        spec: entry.spec(),
                        address,
                        id,
                        image,
                        home,
                    });
                }
                _ => {}
            }
        }
        for (entry, own) in scope.entries().filter(|(entry, _)| entry.kind.name() == "pool") {
            let spec: &PoolSpec = entry.spec();
            let place = entry.place_of("image");
            let found = spec.image.as_deref().and_then(|text| image::resolve(text, place, &scope).ok());
            let (image, boots) = match &found {
                None => (None, Boots::Elsewhere),
                Some(found) => {
                    let boots = match &found.version {
                        Version::Latest => Boots::Latest,
                        Version::Azure => Boots::Azures,
                        Version::Pinned(version) => {
                            versions.get(&version.address).map_or(Boots::Elsewhere, |at| Boots::Own(*at))
                        }
                    };
                    (images.get(&found.definition.address).copied(), boots)
                }
            };
            let account = scope.account(&spec.account, entry.place_of("account")).ok();
            subject.pools.push(PoolSeen {
                entry,
                spec,
                address: own.address.clone(),
                region: account.and_then(|account| account.location.as_deref().map(region::normal)),
                account: account.map(|account| account.id.clone()),
                definition: found.map(|found| found.definition.id),
                nodes: most_nodes(spec),
                image,
                boots,
            });
        }
        subject
    }

    /// The definition that a pool boots, where the stack makes it.
    pub fn image_of(&self, pool: &PoolSeen<'_>) -> Option<&ImageSeen<'a>> {
        self.images.get(pool.image?)
    }

    /// The operating system of a pool: its image's, else its agent's; none where the two quarrel or are not known.
    pub fn system_of(&self, pool: &PoolSeen<'_>) -> Option<OsType> {
        let image = self.image_of(pool).map(|image| image.spec.os_type);
        let agent = pool.spec.node_agent_sku_id.as_deref().and_then(node_agent::system_of);
        match (image, agent) {
            (Some(image), Some(agent)) => (image == agent).then_some(image),
            (image, agent) => image.or(agent),
        }
    }

    /// The version that a pool boots, where it is pinned and the stack makes it.
    pub fn version_of(&self, pool: &PoolSeen<'_>) -> Option<&VersionSeen<'a>> {
        match pool.boots {
            Boots::Own(at) => self.versions.get(at),
            Boots::Elsewhere | Boots::Latest | Boots::Azures => None,
        }
    }

    /// The definition of a version.
    pub fn definition_of(&self, version: &VersionSeen<'_>) -> Option<&ImageSeen<'a>> {
        self.images.get(version.image?)
    }

    /// The pools that boot each version of [`Subject::versions`], or may: a pool that leaves the choice open may boot any.
    pub fn booting(&self) -> Vec<Vec<&PoolSeen<'a>>> {
        let mut of_image: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, version) in self.versions.iter().enumerate() {
            of_image.entry(version.image.unwrap_or(usize::MAX)).or_default().push(at);
        }
        let mut booting: Vec<Vec<&PoolSeen<'a>>> = self.versions.iter().map(|_| Vec::new()).collect();
        for pool in &self.pools {
            let open = matches!(pool.boots, Boots::Latest | Boots::Azures).then_some(pool.image).flatten();
            let all = open.and_then(|image| of_image.get(&image)).map_or(&[][..], Vec::as_slice);
            let own = if let Boots::Own(at) = pool.boots { Some(at) } else { None };
            for at in all.iter().copied().chain(own) {
                if let Some(pools) = booting.get_mut(at) {
                    pools.push(pool);
                }
            }
        }
        booting
    }
}
