//! How a gallery is shared: what goes together in a file, what Azure is called for, and what it does not turn into what.
//! The writes of a gallery say only how it may be shared; whom it is shared with goes by its `share` action (Compute Gallery
//! API 2024-03-03).

use serde_json::{Value, json};

use crate::diag::{Code, Diagnostic};
use crate::kinds::declared::Declared;
use crate::kinds::gallery::spec::{Sharing, SharingPermissions};
use crate::kinds::lowering::Lowering;
use crate::kinds::waits;
use crate::model::call::Call;
use crate::model::kind::{Detail, DetailOf, Refusal, Target};
use crate::model::plan::Change;
use crate::model::resource_id::ResourceId;
use crate::model::snapshot::Live;
use crate::model::step::Milestone;
use crate::model::wait::{Condition, Judgement, Wait};

const PROFILE: &str = "/properties/sharingProfile";
const STATUS: &str = "/properties/sharingStatus";
/// Azure's words for what the ids are of.
const SORTS: [&str; 2] = ["Subscriptions", "AADTenants"];

/// Azure shows who is let in, and how far it is with that, only to whoever asks for it.
pub(super) const DETAIL: Detail =
    Detail { name: "$expand", value: "SharingProfile/Groups", of: DetailOf::Those(may_be_shared) };

fn may_be_shared(desired: Option<&Value>, live: &Live) -> bool {
    match desired {
        Some(desired) => desired.pointer(PROFILE).is_some(),
        None => permissions(&live.body) != "Private",
    }
}

/// What does not go together.
pub(super) fn wrong(entry: &Declared, sharing: &Sharing) -> Option<Diagnostic> {
    let place = |key: &str| entry.place_at(&["sharing", key]);
    let refused = |code, key, message: &str, help: &str| {
        Some(Diagnostic::error(code, place(key), message.to_owned()).help(help))
    };
    match (sharing.permissions, &sharing.community_gallery_info) {
        (SharingPermissions::Community, None) => {
            return refused(
                Code::MissingKey,
                "permissions",
                "a gallery of `Community` needs a `communityGalleryInfo`",
                "write who publishes it: `communityGalleryInfo: { publisherUri: …, publisherContact: …, eula: …, publicNamePrefix: … }`",
            );
        }
        (SharingPermissions::Private | SharingPermissions::Groups, Some(_)) => {
            return refused(
                Code::NotAllowed,
                "communityGalleryInfo",
                "only a gallery of `Community` has a `communityGalleryInfo`",
                "take it out, or write `permissions: Community`",
            );
        }
        (SharingPermissions::Community, Some(_)) | (_, None) => {}
    }
    let groups = sharing.groups.as_ref()?;
    if sharing.permissions != SharingPermissions::Groups {
        return refused(
            Code::NotAllowed,
            "groups",
            "only a gallery of `Groups` lets in `groups`",
            "take them out, or write `permissions: Groups`",
        );
    }
    if groups.iter().any(|group| group.ids.is_empty()) {
        return refused(
            Code::NotAllowed,
            "groups",
            "a group has no ids",
            "take it out; `groups: []` lets in nobody",
        );
    }
    let is_twice = |ids: &[String]| {
        (1..ids.len()).any(|at| ids[..at].iter().any(|one| one.eq_ignore_ascii_case(&ids[at])))
    };
    if groups.iter().any(|group| is_twice(&group.ids)) {
        return refused(
            Code::NotAllowed,
            "groups",
            "an id stands twice in a group",
            "write it once; its case does not matter",
        );
    }
    let sorts: Vec<_> = groups.iter().map(|group| group.sort).collect();
    if (1..sorts.len()).any(|at| sorts[..at].contains(&sorts[at])) {
        return refused(
            Code::NotAllowed,
            "groups",
            "two groups are of one type",
            "write all `ids` of a type in one group",
        );
    }
    None
}

/// What follows from how it is shared, and is written nowhere.
pub(super) fn lower(sharing: &Sharing, lowering: &mut Lowering<'_>) {
    match sharing.permissions {
        SharingPermissions::Private => lowering.put_default(&format!("{PROFILE}/groups"), json!([])),
        SharingPermissions::Groups => {}
        SharingPermissions::Community => {
            let enabled = format!("{PROFILE}/communityGalleryInfo/communityGalleryEnabled");
            lowering.put_default(&enabled, json!(true));
        }
    }
}

/// Whether a change is made by ending the sharing, which leaves nothing of it.
pub(super) fn is_ended(change: &Change, desired: &Value) -> bool {
    change.unit == "sharingProfile" && change.before.is_some() && permissions(desired) == "Private"
}

/// One way of sharing is left before another is taken.
pub(super) fn refusal(change: &Change, live: &Live) -> Option<Refusal> {
    let now = permissions(&live.body);
    let shown = now == "Community" && is_enabled(&live.body);
    let reason = match (change.property.as_str(), change.after.as_ref().and_then(Value::as_str)) {
        ("sharing.permissions", Some("Groups" | "Community")) if now != "Private" => {
            format!("it is shared as `{now}`, which has to end before it is shared otherwise")
        }
        ("sharing.communityGalleryInfo.communityGalleryEnabled", _)
            if shown && change.after == Some(json!(false)) =>
        {
            "everybody sees it, and Azure takes that back only by ending the sharing".to_owned()
        }
        _ => return None,
    };
    Some(Refusal {
        reason,
        ways_out: vec![
            "end the sharing first: write `sharing: { permissions: Private }`, apply it, and write this then"
                .to_owned(),
            format!("leave it as it is: write `permissions: {now}`, or leave `sharing` out"),
        ],
    })
}

/// Whether Azure has something to tell all regions: who is let in, or that nobody is any more.
pub(super) fn is_told(target: Target<'_>) -> bool {
    let ends = permissions(target.body) == "Private" && target.body.pointer(PROFILE).is_some();
    is_enabled(target.body)
        || !ids(target.body).is_empty()
        || ends && target.live.is_some_and(|live| live.body.pointer(STATUS).is_some())
}

/// The wait until Azure has told all regions who is let in.
pub(super) fn in_effect(id: &ResourceId) -> Wait {
    waits::waypoint(Milestone::Shared, DETAIL.read(id, waits::GALLERY_API), Condition::Shared, waits::MINUTES)
        .wait
}

/// The calls that bring a gallery from how it is shared to how it shall be. One that is shown to everybody is not deleted
/// before that has ended (Azure's guide to community galleries).
pub(super) fn calls(id: &ResourceId, desired: Option<&Value>, live: Option<&Live>) -> Vec<Call> {
    let now = live.map(|live| &live.body);
    let was = now.map_or("Private", permissions);
    let call =
        |name, course, first, body| Call { name, course, action: "share", body, first, done: in_effect(id) };
    let end = |whom: &str| {
        let course = format!("end its sharing with {whom}");
        vec![call("end sharing", course, true, json!({"operationType": "Reset"}))]
    };
    let Some(desired) = desired else {
        return if was == "Community" { end("everybody") } else { Vec::new() };
    };
    // What some region does not know is said once more.
    let failed = now.is_some_and(|now| matches!(Condition::Shared.judge(Some(now)), Judgement::Failed(_)));
    match permissions(desired) {
        "Community" if is_enabled(desired) && (failed || !now.is_some_and(is_enabled)) => {
            let course = "show it to everybody".to_owned();
            vec![call("show", course, false, json!({"operationType": "EnableCommunity"}))]
        }
        "Groups" if desired.pointer(PROFILE).is_some_and(|profile| profile.get("groups").is_some()) => {
            let (wanted, there) = (ids(desired), now.map(ids).unwrap_or_default());
            let missing = |from: &[(String, String)], of: &[(String, String)]| -> Vec<(String, String)> {
                of.iter().filter(|one| !from.contains(one)).cloned().collect()
            };
            let leaving = missing(&wanted, &there);
            let coming = if failed { wanted } else { missing(&there, &wanted) };
            let mut calls = Vec::new();
            if !leaving.is_empty() {
                let course = format!("take out {}", in_words(&leaving));
                calls.push(call("take out", course, false, update("Remove", &leaving)));
            }
            if !coming.is_empty() {
                let course = format!("let in {}", in_words(&coming));
                calls.push(call("let in", course, false, update("Add", &coming)));
            }
            calls
        }
        "Private" if was == "Community" => end("everybody"),
        "Private" if was == "Groups" => {
            let there = now.map(ids).unwrap_or_default();
            end(&if there.is_empty() { "groups".to_owned() } else { in_words(&there) })
        }
        "Private" if failed => end("whoever a region still lets in"),
        _ => Vec::new(),
    }
}

/// How a gallery may be shared.
fn permissions(body: &Value) -> &str {
    let said = body.pointer(PROFILE).and_then(|profile| profile.get("permissions"));
    let said = said.and_then(Value::as_str).unwrap_or("Private");
    let known = ["Private", "Groups", "Community"].into_iter().find(|known| known.eq_ignore_ascii_case(said));
    known.unwrap_or(said)
}

fn is_enabled(body: &Value) -> bool {
    let pointer = format!("{PROFILE}/communityGalleryInfo/communityGalleryEnabled");
    body.pointer(&pointer) == Some(&Value::Bool(true))
}

/// Who is let in: type and id, in one spelling, in order.
fn ids(body: &Value) -> Vec<(String, String)> {
    let groups = body.pointer(PROFILE).and_then(|profile| profile.get("groups"));
    let groups = groups.and_then(Value::as_array).into_iter().flatten();
    let each = groups.flat_map(|group| {
        let sort = group.get("type").and_then(Value::as_str).unwrap_or_default();
        let sort = SORTS.into_iter().find(|known| known.eq_ignore_ascii_case(sort)).unwrap_or(sort);
        let ids = group.get("ids").and_then(Value::as_array).into_iter().flatten();
        ids.filter_map(Value::as_str).map(move |id| (sort.to_owned(), id.to_ascii_lowercase()))
    });
    // Subscriptions come first.
    let mut all: Vec<_> = each.collect();
    all.sort_by(|(sort, id), (other, with)| (other, id).cmp(&(sort, with)));
    all.dedup();
    all
}

/// The body that lets these in, or takes them out.
fn update(operation: &str, whom: &[(String, String)]) -> Value {
    let groups = SORTS.into_iter().filter_map(|sort| {
        let ids: Vec<&str> = whom.iter().filter(|(of, _)| of == sort).map(|(_, id)| id.as_str()).collect();
        (!ids.is_empty()).then(|| json!({"type": sort, "ids": ids}))
    });
    json!({"operationType": operation, "groups": groups.collect::<Vec<_>>()})
}

fn in_words(whom: &[(String, String)]) -> String {
    let each = whom.iter().map(|(sort, id)| {
        let noun = if sort == "AADTenants" { "tenant" } else { "subscription" };
        format!("{noun} {id}")
    });
    each.collect::<Vec<_>>().join(", ")
}
