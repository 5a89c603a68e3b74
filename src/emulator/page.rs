//! Cuts lists into pages and links them, by `nextLink` on ARM and `odata.nextLink` on the Batch data plane.
//! Knows no resource types; the order is that of the keys, so a page never skips what stands still.

use serde_json::{Value, json};

use crate::emulator::call::{Answer, Call};
use crate::emulator::store::Resource;
use crate::emulator::wire;

/// The page that the call asks for, and the link to the next one.
///
/// `items` come with their keys in ascending order; a page starts after the key in `$skiptoken`.
pub(crate) fn cut<T>(
    call: &Call,
    size: usize,
    items: impl Iterator<Item = (String, T)>,
) -> (Vec<T>, Option<String>) {
    let after = call.query("$skiptoken").unwrap_or_default();
    let mut items = items.skip_while(|(key, _)| !after.is_empty() && key.as_str() <= after);
    let mut page = Vec::new();
    let mut last = String::new();
    for (key, item) in items.by_ref().take(size.max(1)) {
        page.push(item);
        last = key;
    }
    let more = !page.is_empty() && items.next().is_some();
    (page, more.then(|| link(call, &last)))
}

/// Entries in one page where `maxresults` may ask for fewer; what is no number of entries asks for nothing.
pub(crate) fn size(call: &Call) -> usize {
    let wanted = call.query("maxresults").and_then(|text| text.parse::<usize>().ok());
    wanted.filter(|size| *size > 0).map_or(call.page_size, |size| size.min(call.page_size))
}

/// Resources from where the page of a call begins, for lists in which each costs something to look at.
pub(crate) fn unseen<'a>(
    call: &'a Call,
    items: impl Iterator<Item = &'a Resource>,
) -> impl Iterator<Item = &'a Resource> {
    let after = call.query("$skiptoken").unwrap_or_default();
    items.skip_while(move |item| !after.is_empty() && item.key().as_str() <= after)
}

/// One page of resources as ARM lists them: `{"value": […], "nextLink": …}`.
pub(crate) fn list<'a>(
    call: &Call,
    items: impl Iterator<Item = &'a Resource>,
    view: impl Fn(&Resource) -> Value,
) -> Answer {
    let (page, next) = cut(call, call.page_size, items.map(|item| (item.key(), item)));
    let mut body = json!({"value": page.into_iter().map(view).collect::<Vec<_>>()});
    if let Some(next) = next {
        body["nextLink"] = json!(next);
    }
    Answer::ok(body)
}

/// The same request again, to go on after `token`.
fn link(call: &Call, token: &str) -> String {
    let kept = call.query.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("$skiptoken"));
    let mut query: Vec<String> = kept
        .map(|(name, value)| {
            format!("{}={}", wire::percent_encode(name).replace("%24", "$"), wire::percent_encode(value))
        })
        .collect();
    query.push(format!("$skiptoken={}", wire::percent_encode(token)));
    call.link(&format!("{}?{}", call.path, query.join("&")))
}
