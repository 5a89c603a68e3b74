//! What boots which version of an image, everywhere that retention looks: by id, or by leaving the choice to Azure.
//! Where it cannot tell which version that is, it names all that it may be.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::desired::Graph;
use crate::model::plan::Action;
use crate::model::region;
use crate::model::resource_id::ResourceId;
use crate::model::snapshot::{Consumers, Live};
use crate::plan::decide::Decision;
use crate::plan::retention::Version;

/// Who uses what.
pub(crate) struct Users {
    /// By what is used.
    by_id: BTreeMap<ResourceId, BTreeSet<User>>,
    /// By the name of an image in a gallery that is shared under another name than its id, and the version if it is named.
    shared: BTreeMap<(String, Option<String>), BTreeSet<User>>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct User {
    name: String,
    /// Where it is; `None`: nobody knows.
    region: Option<String>,
}

impl Users {
    pub(crate) fn of(graph: &Graph, consumers: &Consumers, decisions: &[Decision]) -> Self {
        let regions: BTreeMap<&ResourceId, String> = consumers
            .containers
            .iter()
            .filter_map(|container| Some((&container.id, region::normal(container.location()?))))
            .collect();
        let named = |kind: &str, id: &ResourceId| User {
            name: id.called(kind),
            region: id.parent().and_then(|container| regions.get(&container).cloned()),
        };
        let mut users = Self { by_id: BTreeMap::new(), shared: BTreeMap::new() };
        for kind in graph.kinds {
            for live in consumers.lives.get(kind.name()).into_iter().flatten() {
                let by = named(kind.name(), &live.id);
                users.add(kind.uses(live), &by);
                let mut texts = Vec::new();
                strings(&live.body, &mut texts);
                for image in texts.into_iter().filter_map(shared_image) {
                    users.shared.entry(image).or_default().insert(by.clone());
                }
            }
        }
        for decision in decisions {
            let Some(desired) = &decision.desired else { continue };
            let shall_be = Live { id: desired.id.clone(), body: desired.body.clone(), companion: None };
            let mut used = decision.kind.uses(&shall_be);
            // What is made may be made from a version.
            if matches!(decision.action, Action::Create | Action::Replace) {
                ids(&desired.body, &mut used);
            }
            users.add(used, &named(decision.kind.name(), &desired.id));
        }
        users
    }

    fn add(&mut self, used: Vec<ResourceId>, by: &User) {
        for id in used {
            self.by_id.entry(id).or_default().insert(by.clone());
        }
    }

    /// The versions of an image that are used, and by whom. `versions` are all there are, the highest first.
    pub(crate) fn versions_of(
        &self,
        image: &ResourceId,
        versions: &[Version<'_>],
    ) -> BTreeMap<ResourceId, String> {
        let mut used = BTreeMap::new();
        for (id, users) in &self.by_id {
            for user in users {
                if versions.iter().any(|version| version.live.id == *id) {
                    used.entry(id.clone()).or_insert_with(|| user.name.clone());
                } else if id == image || id.is_child_of(image) {
                    // The image itself, or a version by a word such as `latest`.
                    for version in chosen_by_azure(user, versions) {
                        used.entry(version.live.id.clone()).or_insert_with(|| user.name.clone());
                    }
                }
            }
        }
        // Nobody can tell here which gallery such a name is of: an image of the same name counts for ours.
        for ((name, number), users) in &self.shared {
            for user in users.iter().filter(|_| image.name().eq_ignore_ascii_case(name)) {
                let pinned =
                    versions.iter().find(|version| Some(version.live.id.name()) == number.as_deref());
                let chosen = pinned.map_or_else(|| chosen_by_azure(user, versions), |version| vec![version]);
                for version in chosen {
                    used.entry(version.live.id.clone()).or_insert_with(|| user.name.clone());
                }
            }
        }
        used
    }
}

/// What Azure may give to whoever names no version: down to the highest that is certain to be there.
fn chosen_by_azure<'v, 'a>(user: &User, versions: &'v [Version<'a>]) -> Vec<&'v Version<'a>> {
    let regions: Vec<String> = match &user.region {
        Some(region) => vec![region.clone()],
        None => versions.iter().flat_map(Version::regions).collect(),
    };
    let mut chosen = Vec::new();
    for region in regions {
        for version in versions.iter().filter(|version| version.may_be_latest(&region)) {
            chosen.push(version);
            if version.is_good_in(&region) {
                break;
            }
        }
    }
    chosen
}

/// Every resource id that stands in a body.
fn ids(body: &Value, found: &mut Vec<ResourceId>) {
    let mut texts = Vec::new();
    strings(body, &mut texts);
    found.extend(texts.into_iter().filter_map(|text| ResourceId::parse(text).ok()));
}

/// Image and version of `/SharedGalleries/NAME/Images/IMAGE[/Versions/VERSION]`, and so for `CommunityGalleries`.
fn shared_image(text: &str) -> Option<(String, Option<String>)> {
    let mut parts = text.strip_prefix('/')?.split('/');
    let gallery = parts.next()?;
    let is_shared =
        ["sharedGalleries", "communityGalleries"].iter().any(|way| way.eq_ignore_ascii_case(gallery));
    let image = parts.nth(2).filter(|_| is_shared)?;
    Some((image.to_ascii_lowercase(), parts.nth(1).map(str::to_owned)))
}

fn strings<'a>(body: &'a Value, found: &mut Vec<&'a str>) {
    match body {
        Value::String(text) => found.push(text),
        Value::Array(list) => list.iter().for_each(|value| strings(value, found)),
        Value::Object(map) => map.values().for_each(|value| strings(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
