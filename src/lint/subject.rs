//! What a rule sees: the entries of a stack with what they mean to each other, each found in one step.
//! Resolves as `desired` does, and reports nothing: what cannot be resolved is told there.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::diag::{Place, Report};
use crate::kinds::declared::{Declared, Stack};
use crate::kinds::gallery::spec::{GallerySpec, SharingPermissions};
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
use crate::lint::azure::{Azure, Heard};
use crate::lint::booted::{BootedImage, BootedVersion, LiveImage, LiveVersion};
use crate::lint::node_agent;
use crate::lint::sources::Sources;
use crate::model::address::Address;
use crate::model::facts::Question;
use crate::model::region;
use crate::model::resource_id::ResourceId;
use crate::model::snapshot::Live;
use crate::spec::node::Node;

/// A stack, for rules to look at.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The whole stack.
    pub stack: &'a Stack,
    /// The header.
    pub header: &'a Header,
    /// Every entry.
    pub entries: &'a [Declared],
    /// The pools.
    pub pools: Vec<PoolSeen<'a>>,
    /// The galleries that the stack makes.
    pub galleries: Vec<GallerySeen<'a>>,
    /// The image definitions that the stack makes.
    pub images: Vec<ImageSeen<'a>>,
    /// The image versions that the stack makes.
    pub versions: Vec<VersionSeen<'a>>,
    /// The disk snapshots and managed images that the stack makes.
    pub sources: Sources<'a>,
    /// The day it is, such as `2026-11-25`; without it, rules about what has passed say nothing.
    pub today: Option<String>,
    /// What is known of Azure; none while nobody has looked there.
    pub azure: Option<Azure<'a>>,
    /// Images and versions of others that the pools boot.
    live_images: Vec<LiveImage>,
    live_versions: Vec<LiveVersion>,
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
    /// Its account's region in Azure's short form, where the file says it or Azure did.
    pub region: Option<String>,
    /// The most nodes it can have; none under a formula without `maxNodes`.
    pub nodes: Option<u64>,
    /// Which definition it boots; none for one that nothing is known of.
    image: Option<Which>,
    /// Which version.
    pub boots: Boots,
    /// The id of the definition it boots, the stack's own or not.
    pub definition: Option<ResourceId>,
    /// Whether the stack registers Batch in the subscription of that definition, where that is missing.
    pub registers: bool,
    /// Its account.
    pub account: Option<AccountSeen>,
}

/// The account of a pool.
#[derive(Debug, Clone)]
pub struct AccountSeen {
    /// Its id.
    pub id: ResourceId,
    /// Its address, `batch-account/ALIAS`.
    pub address: Address,
}

/// One of the stack's own, or one that only Azure knows, by its number among those.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Own(usize),
    Live(usize),
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
    /// That one of somebody else's, which Azure has told of.
    Live(usize),
    /// One that nothing is known of.
    Elsewhere,
    /// The highest when planning.
    Latest,
    /// Whichever Azure chooses whenever a node is made.
    Azures,
}

/// A gallery.
#[derive(Debug)]
pub struct GallerySeen<'a> {
    /// As it is written.
    pub entry: &'a Declared,
    /// The same, typed.
    pub spec: &'a GallerySpec,
    /// Its address.
    pub address: Address,
    /// Its id.
    pub id: ResourceId,
    /// Its region in Azure's short form.
    pub home: String,
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

impl ImageSeen<'_> {
    /// The same as what a pool boots.
    pub fn as_booted(&self) -> BootedImage<'_> {
        BootedImage { entry: Some(self.entry), spec: self.spec, address: &self.address }
    }
}

impl VersionSeen<'_> {
    /// The same as what a pool boots.
    pub fn as_booted(&self) -> BootedVersion<'_> {
        BootedVersion { entry: Some(self.entry), spec: self.spec, address: &self.address, home: &self.home }
    }

    /// The regions that it is to have, each with what stands in the file for it.
    pub fn regions(&self) -> impl Iterator<Item = (&TargetRegion, &Node)> {
        self.named_regions().filter(|(target, _)| !target.remove)
    }

    /// The regions that its list names, to have them or to take them away.
    pub fn named_regions(&self) -> impl Iterator<Item = (&TargetRegion, &Node)> {
        let nodes = self.entry.node.get("targetRegions").map_or(&[][..], Node::elements);
        self.spec.target_regions.iter().zip(nodes)
    }
}

impl<'a> Subject<'a> {
    /// Looks a stack through once, with what is known of Azure.
    pub fn of(stack: &'a Stack, today: Option<String>, azure: Option<Azure<'a>>) -> Self {
        let scope = Scope::of(stack, &mut Report::default());
        let mut subject = Self {
            stack,
            header: &stack.header,
            entries: &stack.declared,
            pools: Vec::new(),
            galleries: Vec::new(),
            images: Vec::new(),
            versions: Vec::new(),
            sources: Sources::of(&scope),
            today,
            azure,
            live_images: Vec::new(),
            live_versions: Vec::new(),
        };
        let mut images: BTreeMap<Address, usize> = BTreeMap::new();
        let mut versions: BTreeMap<Address, usize> = BTreeMap::new();
        for (entry, own) in scope.entries() {
            let (address, id) = (own.address.clone(), own.id.clone());
            match entry.kind.name() {
                "gallery" if !own.referenced => {
                    let home = region::normal(&scope.home(entry).location);
                    subject.galleries.push(GallerySeen { entry, spec: entry.spec(), address, id, home });
                }
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
        let mut booted = Booted { images, versions, live: BTreeMap::new() };
        for (entry, own) in scope.entries().filter(|(entry, _)| entry.kind.name() == "pool") {
            let spec: &PoolSpec = entry.spec();
            let place = entry.place_of("image");
            let found = spec.image.as_deref().and_then(|text| image::resolve(text, place, &scope).ok());
            let (image, boots) =
                found.as_ref().map_or((None, Boots::Elsewhere), |found| booted.find(found, &mut subject));
            let account = scope.account(&spec.account, entry.place_of("account")).ok();
            let region = account.and_then(|account| {
                let live = || subject.azure.as_ref()?.live(&account.address)?.location();
                account.location.as_deref().or_else(live).map(region::normal)
            });
            subject.pools.push(PoolSeen {
                entry,
                spec,
                address: own.address.clone(),
                region,
                account: account
                    .map(|account| AccountSeen { id: account.id.clone(), address: account.address.clone() }),
                registers: found
                    .as_ref()
                    .is_some_and(|found| scope.may_register_in(found.definition.id.subscription())),
                definition: found.map(|found| found.definition.id),
                nodes: most_nodes(spec),
                image,
                boots,
            });
        }
        subject
    }

    /// Asks Azure; hears nothing where nobody has looked there.
    pub fn ask(&self, question: Question) -> Heard<'a> {
        self.azure.as_ref().map_or(Heard::Nothing, |azure| azure.ask(question))
    }

    /// The live resource at an address; none where nobody has looked.
    pub fn live(&self, address: &Address) -> Option<&'a Live> {
        self.azure.as_ref()?.live(address)
    }

    /// A property of an account as Azure answers it.
    pub fn account_property(&self, account: &AccountSeen, name: &str) -> Option<&'a Value> {
        self.live(&account.address)?.body.get("properties")?.get(name)
    }

    /// Whether the pool is there and has this text already, so that Azure is not asked for it anew.
    pub fn has_already(&self, pool: &PoolSeen<'_>, pointer: &str, text: &str) -> bool {
        let live = self.live(&pool.address).and_then(|live| live.body.pointer(pointer)?.as_str());
        live.is_some_and(|live| live.eq_ignore_ascii_case(text))
    }

    /// Whether the pool is there and boots a version of this image already, so that Azure is not asked for it anew.
    pub fn boots_already(&self, pool: &PoolSeen<'_>) -> bool {
        let image = "/properties/deploymentConfiguration/virtualMachineConfiguration/imageReference/id";
        let live = self.live(&pool.address).and_then(|live| live.body.pointer(image)?.as_str());
        let live = live.and_then(|id| ResourceId::parse(id).ok());
        live.zip(pool.definition.as_ref())
            .is_some_and(|(live, wanted)| live == *wanted || live.is_child_of(wanted))
    }

    /// The gallery of a version, where the stack shares it with more than roles, with the place that says so.
    pub fn shared_gallery_of(&self, version: &VersionSeen<'_>) -> Option<(&GallerySeen<'a>, Place)> {
        let id = version.id.parent()?.parent()?;
        let gallery = self.galleries.iter().find(|gallery| gallery.id == id)?;
        let permissions = gallery.spec.sharing.as_ref()?.permissions;
        (permissions != SharingPermissions::Private)
            .then(|| (gallery, gallery.entry.place_at(&["sharing", "permissions"])))
    }

    /// The definition that a pool boots.
    pub fn image_of(&self, pool: &PoolSeen<'_>) -> Option<BootedImage<'_>> {
        match pool.image? {
            Which::Own(at) => self.images.get(at).map(ImageSeen::as_booted),
            Which::Live(at) => {
                let LiveImage { spec, address } = self.live_images.get(at)?;
                Some(BootedImage { entry: None, spec, address })
            }
        }
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

    /// The version that a pool boots, where it is pinned.
    pub fn version_of(&self, pool: &PoolSeen<'_>) -> Option<BootedVersion<'_>> {
        match pool.boots {
            Boots::Own(at) => self.versions.get(at).map(VersionSeen::as_booted),
            Boots::Live(at) => {
                let LiveVersion { spec, address, home } = self.live_versions.get(at)?;
                Some(BootedVersion { entry: None, spec, address, home })
            }
            Boots::Elsewhere | Boots::Latest | Boots::Azures => None,
        }
    }

    /// The version that a pool boots, where it is pinned and the stack makes it.
    pub fn own_version_of(&self, pool: &PoolSeen<'_>) -> Option<&VersionSeen<'a>> {
        match pool.boots {
            Boots::Own(at) => self.versions.get(at),
            Boots::Live(_) | Boots::Elsewhere | Boots::Latest | Boots::Azures => None,
        }
    }

    /// The version that a resource id means, where the stack makes it.
    pub fn own_version(&self, id: &str) -> Option<&VersionSeen<'a>> {
        let id = ResourceId::parse(id).ok()?;
        self.versions.iter().find(|version| version.id == id)
    }

    /// The definition of a version.
    pub fn definition_of(&self, version: &VersionSeen<'_>) -> Option<&ImageSeen<'a>> {
        self.images.get(version.image?)
    }

    /// The pools that name each version of [`Subject::versions`].
    pub fn pinning(&self) -> Vec<Vec<&PoolSeen<'a>>> {
        let mut pinning: Vec<Vec<&PoolSeen<'a>>> = self.versions.iter().map(|_| Vec::new()).collect();
        for pool in &self.pools {
            if let Boots::Own(at) = pool.boots
                && let Some(pools) = pinning.get_mut(at)
            {
                pools.push(pool);
            }
        }
        pinning
    }

    /// The pools that leave open which version they boot, by the address of their image: each may boot any.
    pub fn following(&self) -> BTreeMap<&Address, Vec<&PoolSeen<'a>>> {
        let mut following: BTreeMap<&Address, Vec<&PoolSeen<'a>>> = BTreeMap::new();
        for pool in self.pools.iter().filter(|pool| matches!(pool.boots, Boots::Latest | Boots::Azures)) {
            if let Some(image) = self.image_of(pool) {
                following.entry(image.address).or_default().push(pool);
            }
        }
        following
    }
}

/// Where what pools boot is found while a stack is looked through.
struct Booted {
    images: BTreeMap<Address, usize>,
    versions: BTreeMap<Address, usize>,
    /// What only Azure knows, read once however many pools boot it.
    live: BTreeMap<Address, Option<usize>>,
}

impl Booted {
    fn find(&mut self, image: &image::Image, subject: &mut Subject<'_>) -> (Option<Which>, Boots) {
        let definition = &image.definition.address;
        let own = self.images.get(definition).map(|at| Which::Own(*at));
        let which = own.or_else(|| {
            self.live(definition, subject, |subject, live| {
                subject.live_images.push(LiveImage::of(definition, live)?);
                Some(subject.live_images.len() - 1)
            })
            .map(Which::Live)
        });
        let boots = match &image.version {
            Version::Latest => Boots::Latest,
            Version::Azure => Boots::Azures,
            Version::Pinned(version) => match self.versions.get(&version.address) {
                Some(at) => Boots::Own(*at),
                None => self
                    .live(&version.address, subject, |subject, live| {
                        subject.live_versions.push(LiveVersion::of(&version.address, live)?);
                        Some(subject.live_versions.len() - 1)
                    })
                    .map_or(Boots::Elsewhere, Boots::Live),
            },
        };
        (which, boots)
    }

    fn live<'a>(
        &mut self,
        address: &Address,
        subject: &mut Subject<'a>,
        read: impl FnOnce(&mut Subject<'a>, &'a Live) -> Option<usize>,
    ) -> Option<usize> {
        if let Some(known) = self.live.get(address) {
            return *known;
        }
        let live = subject.azure.as_ref().and_then(|azure| azure.live(address));
        let found = live.and_then(|live| read(subject, live));
        self.live.insert(address.clone(), found);
        found
    }
}
