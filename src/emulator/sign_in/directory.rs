//! The tenants and the service principals in them: the client that is always there, and those that seeds declare.
//! Keeps no secrets, any but an empty one is right; and no roles, which are `azure::authorization`'s.

use serde_json::{Value, json};

use crate::emulator::admission::is_guid;
use crate::emulator::sign_in::{CLIENT, DOMAIN, PRINCIPAL, TENANT};
use crate::emulator::store::{self, Resource, World};

/// Where the principals that seeds declare are filed.
const DECLARED: &str = "/emulator/principals";

/// A service principal: a client, as a tenant knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Principal {
    /// The id of the application.
    pub(crate) client: String,
    /// The id that roles are given to.
    pub(crate) object_id: String,
    /// The tenant it signs in to.
    pub(crate) tenant: String,
    /// The name that the directory shows.
    pub(crate) name: String,
}

impl Principal {
    /// The one that is always there.
    pub(crate) fn first() -> Principal {
        Principal {
            client: CLIENT.to_owned(),
            object_id: PRINCIPAL.to_owned(),
            tenant: TENANT.to_owned(),
            name: "emulator".to_owned(),
        }
    }

    fn read(declared: &Resource) -> Principal {
        let text = |name: &str| declared.body[name].as_str().unwrap_or_default().to_owned();
        Principal {
            client: text("clientId"),
            object_id: text("objectId"),
            tenant: text("tenant"),
            name: text("name"),
        }
    }
}

/// Every principal of every tenant.
pub(crate) fn principals(world: &World) -> impl Iterator<Item = Principal> + use<'_> {
    std::iter::once(Principal::first()).chain(world.children(DECLARED, store::OWN).map(Principal::read))
}

/// The principal of a client.
pub(crate) fn of_client(world: &World, client: &str) -> Option<Principal> {
    principals(world).find(|known| known.client.eq_ignore_ascii_case(client))
}

/// The principal of an object id.
pub(crate) fn of_object(world: &World, object_id: &str) -> Option<Principal> {
    principals(world).find(|known| known.object_id.eq_ignore_ascii_case(object_id))
}

/// True for a tenant by its id.
pub(crate) fn is_tenant(world: &World, tenant: &str) -> bool {
    principals(world).any(|known| known.tenant.eq_ignore_ascii_case(tenant))
}

/// True for a tenant as a token endpoint names it: by its id, by the domain of the first one, or as any.
pub(super) fn is_authority(world: &World, name: &str) -> bool {
    is_any(name) || name.eq_ignore_ascii_case(DOMAIN) || is_tenant(world, name)
}

/// The principal of a client in the tenant that a token endpoint names.
pub(super) fn signs_in(world: &World, client: &str, authority: &str) -> Option<Principal> {
    of_client(world, client).filter(|known| {
        let domain = authority.eq_ignore_ascii_case(DOMAIN);
        is_any(authority) || known.tenant.eq_ignore_ascii_case(if domain { TENANT } else { authority })
    })
}

fn is_any(authority: &str) -> bool {
    ["adfs", "common", "organizations"].iter().any(|any| any.eq_ignore_ascii_case(authority))
}

/// Adds a principal that a seed declares: `{"clientId", "objectId", "tenant"?, "name"?}`.
pub(crate) fn declare(world: &mut World, entry: &Value) -> Result<(), String> {
    let (client, object_id) = (guid(entry, "clientId")?, guid(entry, "objectId")?);
    let tenant = tenant(entry)?;
    let taken = principals(world).any(|known| {
        let same = (known.client == client, known.object_id == object_id);
        client == CLIENT || matches!(same, (true, false) | (false, true))
    });
    if taken {
        return Err(format!("another principal has the client id {client}, or the object id {object_id}"));
    }
    let name = entry["name"].as_str().unwrap_or(&client);
    let body = json!({"clientId": client, "objectId": object_id, "tenant": tenant, "name": name});
    world.put(Resource {
        id: format!("{DECLARED}/{client}"),
        kind: store::OWN.to_owned(),
        body,
        ..Resource::default()
    });
    Ok(())
}

/// A field of a seed's entry that must be a GUID.
pub(crate) fn guid(entry: &Value, name: &str) -> Result<String, String> {
    match entry[name].as_str() {
        Some(text) if is_guid(text) => Ok(text.to_ascii_lowercase()),
        Some(text) => Err(format!("`{name}`: `{text}` is no GUID")),
        None => Err(format!("no `{name}`")),
    }
}

/// The tenant that a seed's entry names, by default the first.
pub(crate) fn tenant(entry: &Value) -> Result<String, String> {
    if entry["tenant"].is_null() { Ok(TENANT.to_owned()) } else { guid(entry, "tenant") }
}
