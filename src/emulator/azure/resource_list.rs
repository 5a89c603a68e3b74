//! The resources of a subscription or a group in one list, whatever their type, with ARM's `$filter`, `$expand`, `$top`.
//! Shows what every resource has; the types' own properties are for those who ask for one.

use serde_json::{Map, Value, json};

use crate::emulator::arm_id::ArmId;
use crate::emulator::azure::authorization::grants;
use crate::emulator::azure::odata;
use crate::emulator::azure::resource_group::{self, VERSIONS};
use crate::emulator::call::{Answer, Call, Failure, Result, Verb};
use crate::emulator::page;
use crate::emulator::router::{self, Route};
use crate::emulator::store::{Resource, World};

pub(crate) const ROUTES: &[Route] =
    &[Route { verb: Verb::List, kind: "resources", versions: VERSIONS, handler: list }];

/// What a list shows of a resource, where it has it.
const SHOWN: &[&str] =
    &["location", "tags", "kind", "sku", "identity", "plan", "managedBy", "extendedLocation"];

/// What can be filtered by.
const PATHS: &[&str] = &[
    "location",
    "resourceType",
    "name",
    "resourceGroup",
    "identity",
    "identity/principalId",
    "plan",
    "plan/publisher",
    "plan/product",
    "plan/name",
    "plan/version",
    "plan/promotionCode",
    "tagName",
    "tagValue",
];

/// `$filter` of a list of resources or groups.
#[derive(Debug)]
pub(crate) struct Filter {
    filter: odata::Filter,
}

impl Filter {
    /// The filter of a call; one that ARM does not take is refused.
    pub(crate) fn read(call: &Call) -> Result<Filter> {
        let text = call.query("$filter");
        let refusal = || {
            let text =
                format!("Invalid $filter '{}' specified in the query string.", text.unwrap_or_default());
            Failure::arm(400, "InvalidFilterInQueryString", text)
        };
        let functions = ["startswith", "substringof"];
        let filter = odata::Filter::with_functions(text, &functions).map_err(|_| refusal())?;
        let known = |path: &&str| PATHS.iter().any(|known| known.eq_ignore_ascii_case(path));
        if filter.paths().iter().all(known) { Ok(Filter { filter }) } else { Err(refusal()) }
    }

    /// True when it asks about tags; then the entries are answered without theirs.
    fn is_about_tags(&self) -> bool {
        let tags = ["tagName", "tagValue"];
        self.filter.paths().iter().any(|path| tags.iter().any(|tag| tag.eq_ignore_ascii_case(path)))
    }

    /// True when an entry is to be listed: its tags are asked one by one.
    pub(crate) fn admits(&self, entry: &Value) -> bool {
        let mut plain = Map::new();
        // The filter's names go in any case, so each is offered as it was written.
        for path in self.filter.paths() {
            let first = path.split('/').next().unwrap_or_default();
            let name = PATHS.iter().find(|known| known.eq_ignore_ascii_case(first)).copied().unwrap_or(first);
            let name = if name == "resourceType" { "type" } else { name };
            plain.insert(first.to_owned(), entry[name].clone());
        }
        let names = |wanted: &str| {
            let paths = self.filter.paths().into_iter();
            paths.filter(|path| path.eq_ignore_ascii_case(wanted)).map(str::to_owned).collect::<Vec<_>>()
        };
        let (tag_names, tag_values) = (names("tagName"), names("tagValue"));
        if tag_names.is_empty() && tag_values.is_empty() {
            return self.filter.admits(&Value::Object(plain));
        }
        entry["tags"].as_object().into_iter().flatten().any(|(tag, value)| {
            let mut plain = plain.clone();
            plain.extend(tag_names.iter().map(|name| (name.clone(), json!(tag))));
            plain.extend(tag_values.iter().map(|name| (name.clone(), value.clone())));
            self.filter.admits(&Value::Object(plain))
        })
    }
}

/// The call with pages no longer than `$top`.
pub(crate) fn with_top(call: &Call) -> Result<Call> {
    let mut call = call.clone();
    if let Some(top) = call.query("$top") {
        let Some(top) = top.parse::<usize>().ok().filter(|top| *top > 0) else {
            let text =
                format!("Invalid $top query string value '{top}'. The value must be a positive integer.");
            return Err(Failure::arm(400, "InvalidTopInQueryString", text));
        };
        call.page_size = call.page_size.min(top);
    }
    Ok(call)
}

fn list(world: &mut World, call: &Call) -> Result<Answer> {
    let scope = ArmId { types: Vec::new(), ..call.id.clone() };
    if scope.group.is_some() {
        resource_group::find(world, &Call { id: scope.clone(), ..call.clone() })?;
    }
    let filter = Filter::read(call)?;
    let expand: Vec<&str> = call.query("$expand").unwrap_or_default().split(',').map(str::trim).collect();
    let call = with_top(call)?;
    let tracked = page::unseen(&call, world.all_below(&scope.path()));
    let tracked = tracked.filter(|it| it.body["location"].is_string());
    let tracked = tracked.filter(|it| {
        let action = format!("{}/read", router::canonical_kind(&it.kind));
        grants::may(world, &call.caller, &action, &it.id)
    });
    let tracked = tracked.filter_map(|it| Some((it.key(), view(it, &expand)?)));
    let wanted = tracked.filter(|(_, entry)| {
        let group = ArmId::parse(entry["id"].as_str().unwrap_or_default()).and_then(|id| id.group);
        let mut entry = entry.clone();
        entry["resourceGroup"] = json!(group);
        filter.admits(&entry)
    });
    let (mut page, next) = page::cut(&call, call.page_size, wanted);
    for entry in page.iter_mut().filter_map(Value::as_object_mut).filter(|_| filter.is_about_tags()) {
        entry.remove("tags");
    }
    let mut body = json!({"value": page});
    if let Some(next) = next {
        body["nextLink"] = json!(next);
    }
    Ok(Answer::ok(body))
}

/// A resource as the list shows it; none for what is no resource of a provider (a group has a location too).
fn view(resource: &Resource, expand: &[&str]) -> Option<Value> {
    let id = ArmId::parse(&resource.id).filter(|id| id.namespace.is_some())?;
    let mut entry = json!({
        "id": resource.id, "name": id.names.join("/"), "type": router::canonical_kind(&resource.kind),
    });
    for name in SHOWN {
        if !resource.body[*name].is_null() {
            entry[*name] = resource.body[*name].clone();
        }
    }
    for name in expand {
        match name.to_ascii_lowercase().as_str() {
            "createdtime" => entry["createdTime"] = json!(resource.created_at.rfc3339()),
            "changedtime" => entry["changedTime"] = json!(resource.changed_at.rfc3339()),
            "provisioningstate" if resource.body["properties"]["provisioningState"].is_string() => {
                entry["provisioningState"] = resource.body["properties"]["provisioningState"].clone();
            }
            _ => {}
        }
    }
    Some(entry)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::testing::{RG1, S1, arm, ask, emulator, wait};

    const V: &str = "api-version=2024-07-01";

    #[test]
    fn resources_are_listed_whatever_their_type_and_filtered() {
        let it = emulator();
        let gallery = format!("{RG1}/providers/Microsoft.Compute/galleries/gal?api-version=2024-03-03");
        let body = json!({"location": "eastus", "tags": {"Team": "red", "stage": "dev"}});
        assert_eq!(ask(&it, "PUT", &gallery, Some(body)).0, 201);
        wait(&it, 60);
        let names = |scope: &str, query: &str| {
            let (status, body) = ask(&it, "GET", &format!("{scope}/resources?{V}{query}"), None);
            assert_eq!(status, 200, "{body}");
            let names =
                body["value"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap().to_owned());
            names.collect::<Vec<_>>()
        };
        assert_eq!(names(RG1, "").len(), 7);
        assert_eq!(
            names(S1, "&$filter=resourceType%20eq%20'microsoft.batch/batchaccounts'"),
            ["mybatch", "mybatch2"]
        );
        assert_eq!(names(S1, "&$filter=substringof('batch2',%20name)"), ["mybatch2"]);
        assert_eq!(names(S1, "&$filter=resourceGroup%20eq%20'RG2'"), ["mybatch2"]);
        assert_eq!(names(S1, "&$filter=tagName%20eq%20'team'%20and%20tagValue%20eq%20'red'"), ["gal"]);
        assert!(names(S1, "&$filter=tagName%20eq%20'team'%20and%20tagValue%20eq%20'dev'").is_empty());
        assert_eq!(names(S1, "&$filter=startswith(tagName,'sta')"), ["gal"]);
        assert_eq!(names(S1, "&$top=2").len(), 2);
        let (_, body) = ask(
            &it,
            "GET",
            &format!("{RG1}/resources?{V}&$expand=createdTime,provisioningState&$filter=name%20eq%20'gal'"),
            None,
        );
        assert_eq!(body["value"][0]["provisioningState"], "Succeeded");
        assert!(body["value"][0]["createdTime"].is_string() && body["value"][0].get("changedTime").is_none());
        let (status, refusal) =
            ask(&it, "GET", &format!("{RG1}/resources?{V}&$filter=colour%20eq%20'red'"), None);
        assert_eq!((status, &refusal["error"]["code"]), (400, &json!("InvalidFilterInQueryString")));
        assert_eq!(arm(&it, "GET", &format!("{RG1}x/resources?{V}"), None).status, 404);
    }

    #[test]
    fn groups_are_filtered_by_tags_and_resources_are_checked_by_id() {
        let it = emulator();
        let (status, _) = ask(&it, "PATCH", &format!("{RG1}?{V}"), Some(json!({"tags": {"env": "prod"}})));
        assert_eq!(status, 200);
        let filter = "$filter=tagName%20eq%20'env'%20and%20tagValue%20eq%20'prod'";
        let (_, found) = ask(&it, "GET", &format!("{S1}/resourcegroups?{V}&{filter}"), None);
        assert_eq!(
            (found["value"].as_array().map(Vec::len), &found["value"][0]["name"]),
            (Some(1), &json!("rg1"))
        );
        let (_, found) = ask(&it, "GET", &format!("{S1}/resourcegroups?{V}&$top=1"), None);
        assert_eq!(found["value"].as_array().map(Vec::len), Some(1));
        for (name, status) in [("img1", 204), ("nope", 404)] {
            let image = format!("{RG1}/providers/Microsoft.Compute/images/{name}?api-version=2024-07-01");
            assert_eq!(arm(&it, "HEAD", &image, None).status, status);
        }
    }
}
