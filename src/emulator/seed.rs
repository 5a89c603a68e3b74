//! What a new world holds: the default seed, and a user's file over it.
//! Plants bodies as Azure would answer them; checks only what would break the emulator itself.

use serde_json::{Map, Value, json};

use crate::emulator::arm_id::ArmId;
use crate::emulator::azure;
use crate::emulator::azure::authorization::role_assignment;
use crate::emulator::azure::provider;
use crate::emulator::azure::resource_group;
use crate::emulator::azure::subscription;
use crate::emulator::regions;
use crate::emulator::router;
use crate::emulator::sign_in::{TENANT, directory};
use crate::emulator::store::{self, Resource, World};

/// The first subscription of the default seed.
pub const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000001";
/// The second one, where only Microsoft.Compute is registered.
pub const OTHER_SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000002";

/// Where it is filed what the seeds' files held.
const PLANTED: &str = "/emulator/planted";

/// What to begin with.
#[derive(Clone, Debug, PartialEq)]
pub struct Seed {
    /// False begins with the two subscriptions alone, owned by the client: nothing in them.
    pub default: bool,
    /// Each `{"resources": [{"id", "location", …}], "registrations": [{"subscription", "namespace"}],
    /// "subscriptions": [{"id", "tenant", "name"}], "principals": [{"clientId", "objectId", "tenant", "name"}]}`, laid
    /// over the default. A world that is there already gets what was never planted in it of them.
    pub files: Vec<Value>,
}

impl Default for Seed {
    fn default() -> Seed {
        Seed { default: true, files: Vec::new() }
    }
}

/// Why a seed file is no seed.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The outer form.
    #[error(
        "a seed is an object with a list `resources`, and perhaps the lists `registrations`, `subscriptions`, `principals`"
    )]
    Form,
    /// One entry.
    #[error("{list} {index} of the seed: {problem}")]
    Entry {
        /// What it is one of, in the singular.
        list: &'static str,
        /// Counted from 0.
        index: usize,
        /// What is wrong with it.
        problem: String,
    },
}

/// Fills a new world.
pub(crate) fn plant(world: &mut World, seed: &Seed) -> Result<(), SeedError> {
    plant_subscription(world, SUBSCRIPTION, "Emulator", TENANT);
    plant_subscription(world, OTHER_SUBSCRIPTION, "Emulator two", TENANT);
    for (subscription, namespace) in [
        (SUBSCRIPTION, "Microsoft.Compute"),
        (SUBSCRIPTION, "Microsoft.Batch"),
        (SUBSCRIPTION, "Microsoft.Storage"),
        (OTHER_SUBSCRIPTION, "Microsoft.Compute"),
    ] {
        if seed.default {
            world.put(provider::registration(subscription, namespace));
        }
    }
    if seed.default {
        lay(world, &default())?;
    }
    seed.files.iter().try_for_each(|file| lay(world, file))?;
    note_planted(world, &seed.files);
    Ok(())
}

/// A subscription, of which the emulator's client is the owner where it is of the same tenant.
fn plant_subscription(world: &mut World, id: &str, name: &str, tenant: &str) {
    world.put(subscription::planted(id, name, tenant));
    if tenant == TENANT {
        world.put(role_assignment::planted_owner(id));
    }
}

/// Adds what was never planted in a world that is there already, so that one state serves many specs. What was, and is
/// there no more, was deleted.
pub(crate) fn plant_missing(world: &mut World, seed: &Seed) -> Result<(), SeedError> {
    let planted = world.get(PLANTED).map(|found| found.body.clone()).unwrap_or_default();
    for file in &seed.files {
        let mut missing = file.clone();
        if let Some(resources) = missing.get_mut("resources").and_then(Value::as_array_mut) {
            resources.retain(|entry| {
                let id = entry.get("id").and_then(Value::as_str).map(str::to_ascii_lowercase);
                id.is_none_or(|id| !world.has(&id) && planted.get(&id).is_none())
            });
        }
        lay(world, &missing)?;
    }
    note_planted(world, &seed.files);
    Ok(())
}

/// Remembers what the files of a seed hold.
fn note_planted(world: &mut World, files: &[Value]) {
    let mut planted =
        world.get(PLANTED).and_then(|found| found.body.as_object()).cloned().unwrap_or_default();
    let known = planted.len();
    let resources = files.iter().filter_map(|file| file["resources"].as_array()).flatten();
    let ids = resources.filter_map(|entry| entry["id"].as_str());
    planted.extend(ids.map(|id| (id.to_ascii_lowercase(), Value::Null)));
    if planted.len() == known {
        return;
    }
    world.put(Resource {
        id: PLANTED.to_owned(),
        kind: store::OWN.to_owned(),
        body: Value::Object(planted),
        ..Resource::default()
    });
}

/// Puts the resources of one seed into the world, in place of any of the same id.
fn lay(world: &mut World, seed: &Value) -> Result<(), SeedError> {
    let known = ["resources", "registrations", "subscriptions", "principals"];
    if seed.as_object().is_none_or(|lists| !lists.keys().all(|name| known.contains(&name.as_str()))) {
        return Err(SeedError::Form);
    }
    let entries = |list: &str| seed[list].as_array().into_iter().flatten().enumerate();
    for (index, entry) in entries("subscriptions") {
        declare_subscription(world, entry).map_err(|problem| SeedError::Entry {
            list: "subscription",
            index,
            problem,
        })?;
    }
    for (index, entry) in entries("principals") {
        directory::declare(world, entry).map_err(|problem| SeedError::Entry {
            list: "principal",
            index,
            problem,
        })?;
    }
    for entry in seed["registrations"].as_array().into_iter().flatten() {
        if let (Some(subscription), Some(namespace)) =
            (entry["subscription"].as_str(), entry["namespace"].as_str())
        {
            world.put(provider::registration(subscription, namespace));
        }
    }
    let resources = match &seed["resources"] {
        Value::Array(resources) => resources.as_slice(),
        Value::Null => &[],
        _ => return Err(SeedError::Form),
    };
    for (index, entry) in resources.iter().enumerate() {
        lay_one(world, entry).map_err(|problem| SeedError::Entry { list: "resource", index, problem })?;
    }
    Ok(())
}

/// A subscription that a seed declares: `{"id", "tenant"?, "name"?}`. One that is there stays as it is.
fn declare_subscription(world: &mut World, entry: &Value) -> Result<(), String> {
    let id = directory::guid(entry, "id")?;
    let tenant = directory::tenant(entry)?;
    if !world.has(&format!("/subscriptions/{id}")) {
        plant_subscription(world, &id, entry["name"].as_str().unwrap_or(&id), &tenant);
    }
    Ok(())
}

fn lay_one(world: &mut World, entry: &Value) -> Result<(), String> {
    let fields = entry.as_object().ok_or("not an object")?;
    for name in ["properties", "hidden", "sku", "identity", "tags"] {
        if fields.get(name).is_some_and(|part| !part.is_object() && !part.is_null()) {
            return Err(format!("`{name}` is not an object"));
        }
    }
    let id = fields.get("id").and_then(Value::as_str).ok_or("no `id`")?;
    let id = ArmId::parse(id).filter(ArmId::is_item).ok_or_else(|| format!("`{id}` is not a resource id"))?;
    let subscription = id.subscription.clone().ok_or("the id has no subscription")?.to_ascii_lowercase();
    if !world.has(&format!("/subscriptions/{subscription}")) {
        plant_subscription(world, &subscription, &subscription, TENANT);
        world.put(provider::registration(&subscription, "Microsoft.Compute"));
    }
    let location = fields.get("location").and_then(Value::as_str);
    let region = match location {
        Some(text) => Some(regions::find(text).ok_or_else(|| format!("`{text}` is not a region"))?),
        None => None,
    };
    if let Some(group) = &id.group
        && !id.group_key().is_some_and(|key| world.has(&key))
    {
        world.put(resource_group::planted(
            &subscription,
            group,
            region.map_or("eastus", |region| region.name),
        ));
    }
    if id.namespace.is_none() {
        return Ok(());
    }
    if let Some(parent) = id.parent()
        && !world.has(&parent.path())
    {
        return Err(format!("its parent {} comes neither before it nor in the default seed", parent.path()));
    }
    let path = world.canonical(&id);
    let mut body: Map<String, Value> = fields.clone();
    let hidden = body.remove("hidden").unwrap_or_else(|| json!({}));
    body.insert("id".to_owned(), json!(path));
    body.insert("name".to_owned(), json!(id.name()));
    body.insert("type".to_owned(), json!(router::canonical_kind(&id.kind())));
    if let Some(region) = region {
        body.insert("location".to_owned(), json!(region.name));
    }
    let etag = world.next_etag();
    let mut resource = Resource {
        id: path,
        kind: id.kind(),
        body: Value::Object(body),
        hidden,
        etag,
        created_at: world.now,
        changed_at: world.now,
        due: None,
    };
    azure::planted(world, &mut resource);
    world.put(resource);
    Ok(())
}

/// The default seed, the same for everybody.
fn default() -> Value {
    let rg1 = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg1");
    let rg2 = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg2");
    let rg3 = format!("/subscriptions/{OTHER_SUBSCRIPTION}/resourceGroups/rg3");
    let compute = format!("{rg1}/providers/Microsoft.Compute");
    let disk = |name: &str, os: Option<&str>, size: u32, machine: Option<&str>| {
        let mut disk = json!({
            "id": format!("{compute}/disks/{name}"), "location": "eastus", "sku": {"name": "Premium_LRS"},
            "properties": {
                "osType": os, "hyperVGeneration": os.map(|_| "V2"), "diskSizeGB": size,
                "creationData": {"createOption": "Empty"},
            },
        });
        if let Some(machine) = machine {
            disk["managedBy"] = json!(format!("{compute}/virtualMachines/{machine}"));
        }
        disk
    };
    json!({"resources": [
        {"id": rg1, "location": "eastus"},
        {"id": rg2, "location": "westus2"},
        {"id": rg3, "location": "eastus"},
        disk("disk1", Some("Linux"), 30, None),
        disk("vm1-os", Some("Linux"), 30, Some("vm1")),
        disk("vm1-data", None, 64, Some("vm1")),
        {
            "id": format!("{compute}/virtualMachines/vm1"), "location": "eastus",
            "properties": {
                "hardwareProfile": {"vmSize": "Standard_D2s_v3"},
                "storageProfile": {
                    "osDisk": {
                        "osType": "Linux", "name": "vm1-os", "createOption": "FromImage", "caching": "ReadWrite",
                        "managedDisk": {"storageAccountType": "Premium_LRS", "id": format!("{compute}/disks/vm1-os")},
                        "diskSizeGB": 30,
                    },
                    "dataDisks": [{
                        "lun": 0, "name": "vm1-data", "createOption": "Attach", "caching": "None",
                        "managedDisk": {"storageAccountType": "Premium_LRS", "id": format!("{compute}/disks/vm1-data")},
                        "diskSizeGB": 64,
                    }],
                },
                "osProfile": {"computerName": "vm1", "adminUsername": "azureuser"},
            },
            "hidden": {"generalized": true, "hyperVGeneration": "V2"},
        },
        {
            "id": format!("{compute}/images/img1"), "location": "eastus",
            "properties": {
                "storageProfile": {
                    "osDisk": {
                        "osType": "Linux", "osState": "Generalized", "diskSizeGB": 30, "caching": "ReadWrite",
                        "managedDisk": {"id": format!("{compute}/disks/disk1")}, "storageAccountType": "Standard_LRS",
                    },
                    "dataDisks": [], "zoneResilient": false,
                },
                "hyperVGeneration": "V2",
            },
        },
        {"id": format!("{rg1}/providers/Microsoft.Batch/batchAccounts/mybatch"), "location": "eastus"},
        {"id": format!("{rg2}/providers/Microsoft.Batch/batchAccounts/mybatch2"), "location": "westus2"},
    ]})
}

#[cfg(test)]
mod tests {
    use crate::emulator::sign_in::{CLIENT, PRINCIPAL};
    use crate::emulator::testing::ask;
    use crate::emulator::{Emulator, EmulatorError, Settings};

    use super::*;

    const GALLERY: &str = "/subscriptions/00000000-0000-0000-0000-000000000002/resourceGroups/rg3/providers/Microsoft.Compute/galleries/corp";

    fn with(file: Value) -> Result<Emulator, EmulatorError> {
        Emulator::new(Settings { seed: Seed { default: true, files: vec![file] }, ..Settings::manual() })
    }

    #[test]
    fn a_seeded_version_is_complete_and_replicated_long_since() {
        let definition = format!("{GALLERY}/images/ubuntu");
        let it = with(json!({"resources": [
            {"id": GALLERY, "location": "eastus"},
            {"id": definition, "location": "eastus", "properties": {"osType": "Linux"}},
            {"id": format!("{definition}/versions/1.0.0"), "location": "eastus", "properties": {
                "publishingProfile": {"targetRegions": [{"name": "eastus"}, {"name": "westus2", "regionalReplicaCount": 2}]}}},
        ]}))
        .unwrap();
        let path = format!("{definition}/versions/1.0.0?api-version=2024-03-03&$expand=ReplicationStatus");
        let (status, body) = ask(&it, "GET", &path, None);
        assert_eq!(
            (status, &body["properties"]["replicationStatus"]["aggregatedState"]),
            (200, &json!("Completed"))
        );
        assert_eq!(body["properties"]["publishingProfile"]["targetRegions"][1]["name"], "West US 2");
        assert_eq!(body["properties"]["provisioningState"], "Succeeded");
        let (_, definition) = ask(&it, "GET", &format!("{definition}?api-version=2024-03-03"), None);
        assert_eq!(definition["properties"]["hyperVGeneration"], "V2");
    }

    #[test]
    fn a_world_that_is_there_gets_what_is_new_in_a_seed_and_nothing_back_that_was_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let open = |names: &[&str]| {
            let group = |name: &&str| json!({"id": GALLERY.replace("corp", name), "location": "eastus"});
            let file = json!({"resources": names.iter().map(group).collect::<Vec<_>>()});
            let seed = Seed { default: true, files: vec![file] };
            Emulator::new(Settings { seed, state: Some(folder.path().to_owned()), ..Settings::manual() })
        };
        let status = |it: &Emulator, method: &str, name: &str| {
            ask(it, method, &format!("{}?api-version=2024-03-03", GALLERY.replace("corp", name)), None).0
        };
        // A start that fails leaves nothing that the next one would take for a world.
        assert!(open(&["one", ""]).is_err());
        let it = open(&["one"]).unwrap();
        assert_eq!(status(&it, "DELETE", "one"), 202);
        crate::emulator::testing::wait(&it, 60);
        assert_eq!(status(&it, "GET", "one"), 404);
        drop(it);
        let it = open(&["one", "two"]).unwrap();
        assert_eq!((status(&it, "GET", "one"), status(&it, "GET", "two")), (404, 200));
    }

    #[test]
    fn the_default_seed_is_as_documented() {
        let it = Emulator::new(Settings::manual()).unwrap();
        let state = it.state();
        let group = |number: u32, name: &str| {
            format!("/subscriptions/00000000-0000-0000-0000-00000000000{number}/resourcegroups/{name}")
        };
        for key in [
            format!("{}/providers/microsoft.compute/virtualmachines/vm1", group(1, "rg1")),
            format!("{}/providers/microsoft.compute/disks/disk1", group(1, "rg1")),
            format!("{}/providers/microsoft.compute/images/img1", group(1, "rg1")),
            format!("{}/providers/microsoft.batch/batchaccounts/mybatch", group(1, "rg1")),
            format!("{}/providers/microsoft.batch/batchaccounts/mybatch2", group(1, "rg2")),
            group(2, "rg3"),
        ] {
            assert!(state["resources"].get(&key).is_some(), "{key}");
        }
        let empty = Settings { seed: Seed { default: false, files: Vec::new() }, ..Settings::manual() };
        let keys = Emulator::new(empty).unwrap().state()["resources"].as_object().map(Map::len);
        assert_eq!(keys, Some(4), "two subscriptions, and the two assignments by which they are owned");
    }

    #[test]
    fn a_seed_that_is_none_is_refused_by_place() {
        for (file, part) in [
            (json!([]), "a list `resources`"),
            (json!({"resource": []}), "a list `resources`"),
            (
                json!({"resources": [{"id": GALLERY, "location": "eastus", "properties": "x"}]}),
                "resource 0 of the seed: `properties` is not an object",
            ),
            (json!({"resources": [{"location": "eastus"}]}), "resource 0 of the seed: no `id`"),
            (json!({"resources": [{"id": GALLERY, "location": "atlantis"}]}), "is not a region"),
            (
                json!({"resources": [{"id": format!("{GALLERY}/images/x"), "location": "eastus"}]}),
                "its parent",
            ),
            (
                json!({"principals": [{"clientId": "x"}]}),
                "principal 0 of the seed: `clientId`: `x` is no GUID",
            ),
            (json!({"principals": [{"clientId": SUBSCRIPTION}]}), "principal 0 of the seed: no `objectId`"),
            (
                json!({"principals": [{"clientId": CLIENT, "objectId": SUBSCRIPTION}]}),
                "another principal has the client id",
            ),
            (
                json!({"principals": [{"clientId": SUBSCRIPTION, "objectId": PRINCIPAL}]}),
                "another principal has the client id",
            ),
            (json!({"subscriptions": [{"id": "one"}]}), "subscription 0 of the seed: `id`: `one` is no GUID"),
        ] {
            let refusal = with(file).unwrap_err().to_string();
            assert!(refusal.contains(part), "{refusal}");
        }
    }
}
