//! Microsoft Graph, as far as clients ask it who a principal is before they give it a role.
//! Reads only; the directory has the one service principal.

use serde_json::{Value, json};

use crate::emulator::call::Answer;
use crate::emulator::clock;
use crate::emulator::sign_in::{self, CLIENT, PRINCIPAL, TENANT};
use crate::emulator::wire::{self, Request};

/// The one service principal.
fn principal() -> Value {
    json!({
        "id": PRINCIPAL, "appId": CLIENT, "displayName": "emulator", "appDisplayName": "emulator",
        "accountEnabled": true, "appOwnerOrganizationId": TENANT, "servicePrincipalType": "Application",
        "servicePrincipalNames": [CLIENT],
    })
}

/// The same among other directory objects, where its type must be told.
fn directory_object() -> Value {
    let mut object = principal();
    object["@odata.type"] = json!("#microsoft.graph.servicePrincipal");
    object
}

/// Answers what is asked below `/v1.0/`.
pub(super) fn answer(request: &Request, what: &str, query: &str, base: &str) -> Answer {
    let audiences = [base, "https://graph.microsoft.com/", "00000003-0000-0000-c000-000000000000"];
    if let Err(refusal) = sign_in::check(request, base, &audiences) {
        let text = refusal.message.clone();
        return refused(401, "InvalidAuthenticationToken", &text).with_all(refusal.headers);
    }
    let query = wire::pairs(query);
    let filter = wire::header(&query, "$filter");
    let what = wire::percent_decode(what, false);
    let parts: Vec<&str> = what.split('/').collect();
    match (request.method.as_str(), parts.as_slice()) {
        ("GET", ["serviceprincipals"]) => match found(filter) {
            Some(found) => list(base, "servicePrincipals", &found),
            None => refused(400, "Request_UnsupportedQuery", "Unsupported or invalid query filter clause."),
        },
        ("GET", ["users" | "groups" | "applications"]) => list(base, parts[0], &[]),
        ("GET", ["serviceprincipals", id]) if is_principal(id) => Answer::ok(principal()),
        ("GET", [by]) if *by == format!("serviceprincipals(appid='{CLIENT}')") => Answer::ok(principal()),
        ("GET", ["directoryobjects", id]) if is_principal(id) => Answer::ok(directory_object()),
        ("POST", ["directoryobjects", "getbyids"]) => by_ids(request, base),
        ("POST", ["directoryobjects" | "serviceprincipals", id, "getmembergroups" | "getmemberobjects"])
            if is_principal(id) =>
        {
            list(base, "Collection(Edm.String)", &[])
        }
        ("GET", ["serviceprincipals", id, "memberof" | "transitivememberof"]) if is_principal(id) => {
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

fn is_principal(id: &str) -> bool {
    id.eq_ignore_ascii_case(PRINCIPAL)
}

/// The service principals that a filter wants, of the forms that clients send; none for another form.
fn found(filter: Option<&str>) -> Option<Vec<Value>> {
    let Some(filter) = filter else { return Some(vec![principal()]) };
    let (field, rest) = filter.trim().split_once(['/', ' ', '('])?;
    let value = filter.split('\'').nth(1)?;
    let same = |known: &str| known.eq_ignore_ascii_case(value);
    let wanted = match (field.to_ascii_lowercase().as_str(), rest) {
        ("serviceprincipalnames", rest) if rest.starts_with("any(") => same(CLIENT),
        ("appid", _) => same(CLIENT),
        ("id", _) => same(PRINCIPAL),
        ("displayname", _) => same("emulator"),
        ("startswith", rest) if rest.starts_with("displayName") => {
            "emulator".starts_with(&value.to_ascii_lowercase())
        }
        _ => return None,
    };
    Some(wanted.then(principal).into_iter().collect())
}

fn by_ids(request: &Request, base: &str) -> Answer {
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
    let wanted = suits && ids.iter().filter_map(Value::as_str).any(is_principal);
    let found: Vec<Value> = wanted.then(directory_object).into_iter().collect();
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
