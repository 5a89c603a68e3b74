//! What names mean in a stack: a name in the files becomes an address and a resource id.
//! Knows which entries there are, not what stands in them.

use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic, Place, Report};
use crate::kinds::REGISTRY;
use crate::kinds::declared::{Declared, Stack};
use crate::kinds::decode::nearest;
use crate::kinds::header::Header;
use crate::model::address::Address;
use crate::model::mark::Owner;
use crate::model::resource_id::ResourceId;
use crate::spec::node::Node;

/// The kind of accounts, whether the stack makes them or only refers to them.
const ACCOUNT: &str = "batch-account";

/// Who an entry is.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Its address.
    pub address: Address,
    /// Its id in Azure.
    pub id: ResourceId,
    /// Only referred to, never written.
    pub referenced: bool,
}

/// A Batch account of the stack.
#[derive(Debug, Clone)]
pub struct AccountRef {
    /// Its address: `batch-account/ALIAS`.
    pub address: Address,
    /// Its id.
    pub id: ResourceId,
    /// Its region as the file says.
    pub location: Option<String>,
    /// Where it is written.
    pub place: Place,
}

/// Where a resource is, when it does not say so itself.
#[derive(Debug, Clone)]
pub struct Home {
    /// The subscription.
    pub subscription: String,
    /// The resource group.
    pub group: String,
    /// The region.
    pub location: String,
}

/// All names of a stack.
#[derive(Debug)]
pub struct Scope<'a> {
    /// The header.
    pub header: &'a Header,
    entries: &'a [Declared],
    /// By the entry's place in the stack.
    identities: Vec<Option<Identity>>,
    /// Stand-ins for entries that are wrong themselves, so that each mistake is told once, where it is.
    stand_ins: Vec<Identity>,
    /// Where each tag of the header stands.
    pub tag_places: &'a BTreeMap<String, Place>,
    /// The places by id, and by kind and own name in lower case: a stack may have thousands of entries.
    by_id: BTreeMap<ResourceId, usize>,
    by_name: BTreeMap<(&'static str, String), Vec<usize>>,
    accounts: BTreeMap<String, AccountRef>,
}

impl<'a> Scope<'a> {
    /// Identifies every entry; what cannot be identified, or stands twice, is reported.
    pub fn of(stack: &'a Stack, report: &mut Report) -> Self {
        let mut scope = Self {
            header: &stack.header,
            entries: &stack.declared,
            identities: Vec::with_capacity(stack.declared.len()),
            stand_ins: Vec::new(),
            tag_places: &stack.tag_places,
            by_id: BTreeMap::new(),
            by_name: BTreeMap::new(),
            accounts: BTreeMap::new(),
        };
        for (alias, account) in &stack.header.accounts {
            let id = ResourceId::new(
                account.subscription.as_ref().unwrap_or(&stack.header.subscription),
                account.resource_group.as_ref().unwrap_or(&stack.header.resource_group),
                "Microsoft.Batch",
                "batchAccounts",
                &account.name,
            );
            let place = stack.account_places.get(alias).copied().unwrap_or(stack.header_place);
            let address = Address::new(ACCOUNT, [alias.as_str()]);
            scope
                .accounts
                .insert(alias.clone(), AccountRef { address, id, location: account.location.clone(), place });
        }
        for (kind, name) in &stack.wrong {
            scope.stand_in(kind, name);
        }
        let mut seen: BTreeMap<ResourceId, Place> = BTreeMap::new();
        for entry in &stack.declared {
            let identity = match entry.kind.identify(entry, &scope) {
                Ok(identity) => Some(identity),
                Err(diagnostic) => {
                    report.push(diagnostic);
                    None
                }
            };
            let identity = identity.filter(|identity| {
                let first = seen.get(&identity.id).copied();
                if let Some(first) = first {
                    report.push(
                        Diagnostic::error(
                            Code::DuplicateResource,
                            entry.place(),
                            format!("{} stands twice", identity.address),
                        )
                        .also(first, "first here")
                        .help("names are compared without regard to case: take one out, or rename it"),
                    );
                }
                seen.entry(identity.id.clone()).or_insert_with(|| entry.place());
                first.is_none()
            });
            if identity.is_none()
                && let Some(name) = entry.node.get("name").and_then(Node::text)
            {
                scope.stand_in(entry.kind.name(), name);
            }
            if let Some(identity) = &identity {
                let at = scope.identities.len();
                let name = own_name(identity).to_lowercase();
                scope.by_id.insert(identity.id.clone(), at);
                scope.by_name.entry((entry.kind.name(), name)).or_default().push(at);
                if entry.kind.name() == ACCOUNT {
                    let Identity { address, id, referenced: _ } = identity.clone();
                    let (location, place) = (Some(scope.home(entry).location), entry.place());
                    let account = AccountRef { address, id, location, place };
                    scope.accounts.insert(identity.address.name().to_owned(), account);
                }
            }
            scope.identities.push(identity);
        }
        scope
    }

    fn stand_in(&mut self, kind: &str, name: &str) {
        let Header { subscription, resource_group, .. } = self.header;
        let id = ResourceId::new(subscription, resource_group, "Microsoft.Compute", kind, name);
        self.stand_ins.push(Identity { address: Address::new(kind, [name]), id, referenced: false });
    }

    /// Whose the run is.
    pub fn owner(&self) -> Owner {
        let Header { name, subscription, resource_group, .. } = self.header;
        Owner { stack: name.clone(), subscription: subscription.clone(), group: resource_group.clone() }
    }

    /// Every entry that could be identified.
    pub fn entries(&self) -> impl Iterator<Item = (&'a Declared, &Identity)> {
        self.entries
            .iter()
            .zip(&self.identities)
            .filter_map(|(entry, identity)| Some((entry, identity.as_ref()?)))
    }

    /// Whether providers may be registered in a subscription: where the stack writes something, or the user says so. What is
    /// attached to somebody else's resource makes its subscription no place of the stack.
    pub fn may_register_in(&self, subscription: &str) -> bool {
        let mut written = self.entries().filter(|(entry, own)| !own.referenced && !entry.kind.is_attached());
        self.header.register_providers
            || written.any(|(_, own)| own.id.subscription().eq_ignore_ascii_case(subscription))
    }

    /// The accounts.
    pub fn accounts(&self) -> impl Iterator<Item = &AccountRef> {
        self.accounts.values()
    }

    /// Where an entry is: what it writes itself, else the stack's home.
    pub fn home(&self, entry: &Declared) -> Home {
        let own = |key: &str| entry.node.get(key).and_then(Node::text).map(str::to_owned);
        Home {
            subscription: own("subscription").unwrap_or_else(|| self.header.subscription.clone()),
            group: own("resourceGroup").unwrap_or_else(|| self.header.resource_group.clone()),
            location: own("location").unwrap_or_else(|| self.header.location.clone()),
        }
    }

    /// Who an entry is that stands in a resource group and inside nothing else.
    pub fn top_level(&self, entry: &Declared, name: &str) -> Identity {
        let Home { subscription, group, location: _ } = self.home(entry);
        let (namespace, own_type) = entry.kind.azure_type().split_once('/').unwrap_or_default();
        let id = ResourceId::new(&subscription, &group, namespace, own_type, name);
        Identity { address: Address::new(entry.kind.name(), [name]), id, referenced: false }
    }

    /// The entry that another stands inside.
    pub fn parent(&self, entry: &Declared) -> Option<(&'a Declared, &Identity)> {
        let at = entry.inside?;
        let parent = self.entries.get(at)?;
        let stand_in = || self.stand_in_for(parent.kind.name(), parent.node.get("name")?.text()?);
        Some((parent, self.identities.get(at)?.as_ref().or_else(stand_in)?))
    }

    /// What stands in for an entry that is wrong itself: whoever refers to it has made no mistake by that.
    pub(crate) fn stand_in_for(&self, kind: &str, name: &str) -> Option<&Identity> {
        self.stand_ins
            .iter()
            .find(|other| other.address.kind() == kind && own_name(other).eq_ignore_ascii_case(name))
    }

    /// The galleries that the stack makes; one that is wrong itself only where there is no other.
    pub fn own_galleries(&self) -> Vec<&Identity> {
        let own =
            self.entries().filter(|(entry, identity)| entry.kind.name() == "gallery" && !identity.referenced);
        let own: Vec<&Identity> = own.map(|(_, identity)| identity).collect();
        if own.is_empty() {
            return self.stand_ins.iter().filter(|other| other.address.kind() == "gallery").take(1).collect();
        }
        own
    }

    /// The account of an alias.
    pub fn account(&self, alias: &str, place: Place) -> Result<&AccountRef, Diagnostic> {
        self.accounts.get(alias).ok_or_else(|| {
            let known: Vec<&str> = self.accounts.keys().map(String::as_str).collect();
            unknown(
                "account",
                alias,
                place,
                &known,
                "write it under `accounts:`, or under `batchAccounts:` where the stack makes it",
            )
        })
    }

    /// The only resource of a kind that bears this name.
    pub fn find(&self, kind: &str, name: &str, place: Place) -> Result<&Identity, Diagnostic> {
        let known = REGISTRY.iter().find(|known| known.name() == kind);
        let places = known.and_then(|known| self.by_name.get(&(known.name(), name.to_lowercase())));
        let mut found: Vec<&Identity> =
            places.into_iter().flatten().filter_map(|at| self.identities.get(*at)?.as_ref()).collect();
        if found.len() == 1 {
            return Ok(found.remove(0));
        }
        match (found.as_slice(), self.stand_in_for(kind, name)) {
            ([], Some(stand_in)) => Ok(stand_in),
            ([], None) => {
                let all: Vec<&str> = self
                    .entries()
                    .filter(|(entry, _)| entry.kind.name() == kind)
                    .map(|(_, identity)| own_name(identity))
                    .collect();
                Err(unknown(
                    kind,
                    name,
                    place,
                    &all,
                    "declare it in the stack, or write its full resource id",
                ))
            }
            (several, _) => {
                let addresses: Vec<String> =
                    several.iter().map(|identity| identity.address.to_string()).collect();
                let message = format!("`{name}` could be {}", addresses.join(" or "));
                Err(Diagnostic::error(Code::UnknownReference, place, message)
                    .help("write the gallery before it: `GALLERY/NAME`"))
            }
        }
    }

    /// The resource that has this id, if the stack makes it.
    pub fn by_id(&self, id: &ResourceId) -> Option<&Identity> {
        self.identities.get(*self.by_id.get(id)?)?.as_ref()
    }

    /// A resource by its name in the stack, or by its resource id. An id that the stack does not make has no identity.
    pub fn name_or_id(
        &self,
        kind: &str,
        azure_types: &[&str],
        text: &str,
        place: Place,
    ) -> Result<(ResourceId, Option<&Identity>), Diagnostic> {
        if text.starts_with('/') {
            let id = parse_id(text, azure_types, place)?;
            let own = self.by_id(&id);
            return Ok((id, own));
        }
        self.find(kind, text, place).map(|identity| (identity.id.clone(), Some(identity)))
    }
}

/// The last part of an address: what the entry itself is called.
fn own_name(identity: &Identity) -> &str {
    identity.address.name().rsplit('/').next().unwrap_or("")
}

/// An id of one of these types.
pub(crate) fn parse_id(text: &str, azure_types: &[&str], place: Place) -> Result<ResourceId, Diagnostic> {
    let wanted = || format!("an id of {} is wanted here", azure_types.join(" or "));
    let id = ResourceId::parse(text)
        .map_err(|error| Diagnostic::error(Code::InvalidId, place, error.to_string()).help(wanted()))?;
    if azure_types.iter().any(|wanted| id.is_type(wanted)) {
        Ok(id)
    } else {
        Err(Diagnostic::error(Code::InvalidId, place, format!("`{}` is of another type", id.name()))
            .help(wanted()))
    }
}

/// How many names a message lists.
const MOST_NAMES: usize = 12;

fn unknown(kind: &str, name: &str, place: Place, known: &[&str], otherwise: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error(Code::UnknownReference, place, format!("there is no {kind} `{name}`"));
    match nearest(name, known.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None if known.is_empty() => diagnostic.help(otherwise),
        None => {
            let (few, more) = known.split_at(known.len().min(MOST_NAMES));
            let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
            let are = if known.len() == 1 { "is" } else { "are" };
            diagnostic.help(format!("there {are} {}{more}; {otherwise}", few.join(", ")))
        }
    }
}
