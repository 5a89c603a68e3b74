//! Microsoft Graph, as far as clients ask it who a principal is before they give it a role.
//! Reads only; whom the directory has stands in `directory`, and a caller sees those of its own tenant.

use serde_json::{Value, json};

use crate::emulator::call::Answer;
use crate::emulator::clock;
use crate::emulator::sign_in;
use crate::emulator::sign_in::directory::{self, Principal};
use crate::emulator::store::World;
use crate::emulator::wire::{self, Request};

/// A service principal as the directory shows it.
fn view(principal: &Principal) -> Value {
    let Principal { client, object_id, tenant, name } = principal;
    json!({
        "id": object_id, "appId": client, "displayName": name, "appDisplayName": name,
        "accountEnabled": true, "appOwnerOrganizationId": tenant, "servicePrincipalType": "Application",
        "servicePrincipalNames": [client],
    })
}

/// The same among other directory objects, where its type must be told.
fn directory_object(principal: &Principal) -> Value {
    let mut object = view(principal);
    object["@odata.type"] = json!("#microsoft.graph.servicePrincipal");
    object
}

/// Answers what is asked below `/v1.0/`.
pub(super) fn answer(world: &World, request: &Request, what: &str, query: &str, base: &str) -> Answer {
    let audiences = [base, "https://graph.microsoft.com/", "00000003-0000-0000-c000-000000000000"];
    let caller = match sign_in::check(world, request, base, &audiences) {
        Ok(caller) => caller,
        Err(refusal) => {
            let text = refusal.message.clone();
            return refused(401, "InvalidAuthenticationToken", &text).with_all(refusal.headers);
        }
    };
    let all: Vec<Principal> =
        directory::principals(world).filter(|known| known.tenant == caller.tenant).collect();
    let by_id = |id: &str| all.iter().find(|known| known.object_id.eq_ignore_ascii_case(id));
    let by_client = |segment: &str| {
        let client = segment.strip_prefix("serviceprincipals(appid='")?.strip_suffix("')")?;
        all.iter().find(|known| known.client.eq_ignore_ascii_case(client))
    };
    let query = wire::pairs(query);
    let filter = wire::header(&query, "$filter");
    let what = wire::percent_decode(what, false);
    let parts: Vec<&str> = what.split('/').collect();
    match (request.method.as_str(), parts.as_slice()) {
        ("GET", ["serviceprincipals"]) => match found(&all, filter) {
            Some(found) => list(base, "servicePrincipals", &found),
            None => refused(400, "Request_UnsupportedQuery", "Unsupported or invalid query filter clause."),
        },
        ("GET", ["users" | "groups" | "applications"]) => list(base, parts[0], &[]),
        ("GET", ["serviceprincipals", id]) if let Some(found) = by_id(id) => Answer::ok(view(found)),
        ("GET", [by]) if let Some(found) = by_client(by) => Answer::ok(view(found)),
        ("GET", ["directoryobjects", id]) if let Some(found) = by_id(id) => {
            Answer::ok(directory_object(found))
        }
        ("POST", ["directoryobjects", "getbyids"]) => by_ids(&all, request, base),
        ("POST", ["directoryobjects" | "serviceprincipals", id, "getmembergroups" | "getmemberobjects"])
            if by_id(id).is_some() =>
        {
            list(base, "Collection(Edm.String)", &[])
        }
        ("GET", ["serviceprincipals", id, "memberof" | "transitivememberof"]) if by_id(id).is_some() => {
            list(base, "directoryObjects", &[])
        }
        ("GET", ["me", ..]) => {
            refused(400, "BadRequest", "/me request is only valid with delegated authentication flow.")
        }
        (_, ["serviceprincipals" | "users" | "groups" | "applications" | "directoryobjects", id, ..]) => {
            let text = format!(
                "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
            );
            refused(404, "Request_ResourceNotFound", &text)
        }
        _ => {
            let text = format!("Resource not found for the segment '{}'.", parts.first().unwrap_or(&""));
            refused(400, "BadRequest", &text)
        }
    }
}

/// The service principals that a filter wants, of the forms that clients send; none for another form.
fn found(all: &[Principal], filter: Option<&str>) -> Option<Vec<Value>> {
    let Some(filter) = filter else { return Some(all.iter().map(view).collect()) };
    let (field, rest) = filter.trim().split_once(['/', ' ', '('])?;
    let value = filter.split('\'').nth(1)?;
    let same = |known: &str| known.eq_ignore_ascii_case(value);
    let wanted: fn(&Principal) -> &str = match (field.to_ascii_lowercase().as_str(), rest) {
        ("serviceprincipalnames", rest) if rest.starts_with("any(") => |it| &it.client,
        ("appid", _) => |it| &it.client,
        ("id", _) => |it| &it.object_id,
        ("displayname", _) => |it| &it.name,
        ("startswith", rest) if rest.starts_with("displayName") => {
            let begins =
                |it: &&Principal| it.name.to_ascii_lowercase().starts_with(&value.to_ascii_lowercase());
            return Some(all.iter().filter(begins).map(view).collect());
        }
        _ => return None,
    };
    Some(all.iter().filter(|it| same(wanted(it))).map(view).collect())
}

fn by_ids(all: &[Principal], request: &Request, base: &str) -> Answer {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let Some(ids) = body["ids"].as_array() else {
        return refused(400, "Request_BadRequest", "The 'ids' parameter must be a collection of ids.");
    };
    let types = body["types"].as_array().filter(|types| !types.is_empty());
    let suits = types.is_none_or(|types| {
        let known = ["servicePrincipal", "directoryObject"];
        types
            .iter()
            .filter_map(Value::as_str)
            .any(|told| known.iter().any(|it| it.eq_ignore_ascii_case(told)))
    });
    let wanted = |it: &&Principal| {
        suits && ids.iter().filter_map(Value::as_str).any(|id| id.eq_ignore_ascii_case(&it.object_id))
    };
    let found: Vec<Value> = all.iter().filter(wanted).map(directory_object).collect();
    list(base, "directoryObjects", &found)
}

fn list(base: &str, what: &str, value: &[Value]) -> Answer {
    Answer::ok(json!({"@odata.context": format!("{base}/v1.0/$metadata#{what}"), "value": value}))
}

fn refused(status: u16, code: &str, text: &str) -> Answer {
    let now = clock::real_now().rfc3339();
    Answer::json(
        status,
        json!({"error": {"code": code, "message": text, "innerError": {"date": now.split('.').next()}}}),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::IN_PROCESS_BASE;
    use crate::emulator::sign_in::{CLIENT, PRINCIPAL};
    use crate::emulator::testing::{arm, ask, emulator};

    #[test]
    fn the_one_principal_is_found_in_every_way_that_clients_look() {
        let it = emulator();
        let count = |path: &str| ask(&it, "GET", path, None).1["value"].as_array().map(Vec::len);
        let by = |filter: &str| {
            count(&format!("/v1.0/servicePrincipals?$filter={}", wire::percent_encode(filter)))
        };
        assert_eq!(by(&format!("servicePrincipalNames/any(c:c eq '{CLIENT}')")), Some(1));
        assert_eq!(by("servicePrincipalNames/any(c:c eq 'http://x')"), Some(0));
        assert_eq!(by(&format!("appId eq '{CLIENT}'")), Some(1));
        assert_eq!(by("startswith(displayName,'emu')"), Some(1));
        assert_eq!(by("colour eq 'red'"), None);
        assert_eq!(count("/v1.0/users?$filter=userPrincipalName%20eq%20'x'"), Some(0));
        let ids = json!({"ids": [PRINCIPAL, CLIENT], "types": ["user", "servicePrincipal"]});
        let (_, objects) = ask(&it, "POST", "/v1.0/directoryObjects/getByIds", Some(ids));
        assert_eq!(objects["value"][0]["@odata.type"], "#microsoft.graph.servicePrincipal");
        assert_eq!(ask(&it, "GET", &format!("/v1.0/servicePrincipals/{PRINCIPAL}"), None).1["appId"], CLIENT);
        assert_eq!(ask(&it, "GET", &format!("/v1.0/servicePrincipals/{CLIENT}"), None).0, 404);
        let bare = Request {
            method: "GET".into(),
            url: format!("{IN_PROCESS_BASE}/v1.0/users"),
            ..Request::default()
        };
        assert_eq!(it.handle(&bare).unwrap().status, 401);
        assert_eq!(arm(&it, "GET", "/v1.0/me", None).status, 400);
    }
}
