//! Azure resource ids: parsed, compared without regard to case, and turned into URL paths.
//! The only place that builds an id or a path from names: nothing else may format `/subscriptions/…`.

use std::cmp::Ordering;
use std::fmt;

use serde_json::Value;

/// The one provider whose resources are attached to others, to groups and to whole subscriptions.
const ATTACHES: &str = "Microsoft.Authorization";
/// The type of a group itself, whose id has neither a namespace nor a type.
pub const GROUP_TYPE: &str = "Microsoft.Resources/resourceGroups";
/// The keyword before a namespace.
const PROVIDERS: &str = "providers";

/// `/subscriptions/{s}/resourceGroups/{g}/providers/{namespace}/{type}/{name}[/{type}/{name}…]`.
///
/// What is attached to something has its id before its own: `…/galleries/{name}/providers/Microsoft.Authorization/…`.
/// A group itself is `/subscriptions/{s}/resourceGroups/{g}`.
///
/// Azure compares ids without regard to case, and so do `==` and `Ord` here; the spelling given is kept for output.
#[derive(Debug, Clone)]
pub struct ResourceId {
    subscription: String,
    /// Empty for what is attached to a whole subscription.
    group: String,
    /// Empty for a group itself.
    namespace: String,
    /// Types and names; none for a provider and for a group. Where a resource is attached to another, its namespace is the name of a `providers` between them.
    segments: Vec<(String, String)>,
    /// The whole in lower case: ids are compared far more often than they are made.
    key: String,
}

/// Why a text is not the id of a resource in a resource group.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResourceIdError {
    /// The text does not have the form of an id.
    #[error(
        "a resource id has the form /subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers/NAMESPACE/TYPE/NAME"
    )]
    Form,
    /// A name holds what no Azure name may hold.
    #[error("`{0}` cannot stand in a resource id")]
    Segment(String),
}

impl ResourceId {
    /// The id of a top-level resource. `kind` is the type under the namespace, e.g. `galleries`.
    pub fn new(subscription: &str, group: &str, namespace: &str, kind: &str, name: &str) -> Self {
        let segments = vec![(kind.to_owned(), name.to_owned())];
        Self::keyed(subscription.to_owned(), group.to_owned(), namespace.to_owned(), segments)
    }

    /// The ids in a body, as values or, as those of identities are, as keys.
    pub fn all_in(body: &Value) -> Vec<Self> {
        let id = |text: &String| Self::parse(text).ok();
        match body {
            Value::String(text) => id(text).into_iter().collect(),
            Value::Array(list) => list.iter().flat_map(Self::all_in).collect(),
            Value::Object(object) => {
                object.keys().filter_map(id).chain(object.values().flat_map(Self::all_in)).collect()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
        }
    }

    /// The id of a resource provider as a subscription has it: what a registration is of.
    pub fn provider(subscription: &str, namespace: &str) -> Self {
        Self::keyed(subscription.to_owned(), String::new(), namespace.to_owned(), Vec::new())
    }

    /// The id of a resource group.
    pub fn of_group(subscription: &str, group: &str) -> Self {
        Self::keyed(subscription.to_owned(), group.to_owned(), String::new(), Vec::new())
    }

    /// The path of the list of a subscription's groups.
    pub fn groups_path(subscription: &str) -> String {
        Self::of_group(subscription, "_").collection_path()
    }

    /// The id of the group that it is in, or is attached to; `None` for a group itself and for what is attached to a
    /// subscription.
    pub fn in_group(&self) -> Option<Self> {
        let inside = !self.is_group() && !self.group.is_empty();
        inside.then(|| Self::of_group(&self.subscription, &self.group))
    }

    /// Whether this is a group.
    fn is_group(&self) -> bool {
        self.segments.is_empty() && self.namespace.is_empty()
    }

    fn keyed(
        subscription: String,
        group: String,
        namespace: String,
        segments: Vec<(String, String)>,
    ) -> Self {
        let mut id = Self { subscription, group, namespace, segments, key: String::new() };
        id.key = id.to_string().to_ascii_lowercase();
        id
    }

    /// Reads an id. Segment names are matched without regard to case; a trailing slash is refused.
    pub fn parse(text: &str) -> Result<Self, ResourceIdError> {
        let rest = text.strip_prefix('/').ok_or(ResourceIdError::Form)?;
        let parts: Vec<&str> = rest.split('/').collect();
        let is = |part: &str, keyword: &str| part.eq_ignore_ascii_case(keyword);
        let (subscription, group, rest) = match parts.as_slice() {
            [subscriptions, subscription, groups, group, providers, rest @ ..]
                if is(subscriptions, "subscriptions")
                    && is(groups, "resourceGroups")
                    && is(providers, PROVIDERS) =>
            {
                (*subscription, *group, rest)
            }
            [subscriptions, subscription, providers, rest @ ..]
                if is(subscriptions, "subscriptions")
                    && is(providers, PROVIDERS)
                    && rest.first().is_some_and(|namespace| is(namespace, ATTACHES)) =>
            {
                (*subscription, "", rest)
            }
            [subscriptions, subscription, groups, group]
                if is(subscriptions, "subscriptions") && is(groups, "resourceGroups") =>
            {
                segments_of(&parts)?;
                return Ok(Self::of_group(subscription, group));
            }
            _ => return Err(ResourceIdError::Form),
        };
        let [namespace, tail @ ..] = rest else { return Err(ResourceIdError::Form) };
        let attaches = |pair: &[&str]| !is(pair[0], PROVIDERS) || is(pair[1], ATTACHES);
        let even = !tail.is_empty() && tail.len() % 2 == 0;
        if !even || !tail.chunks(2).all(attaches) || is(tail[tail.len() - 2], PROVIDERS) {
            return Err(ResourceIdError::Form);
        }
        segments_of(&parts)?;
        let segments = tail.chunks(2).map(|pair| (pair[0].to_owned(), pair[1].to_owned())).collect();
        Ok(Self::keyed(subscription.to_owned(), group.to_owned(), (*namespace).to_owned(), segments))
    }

    /// The id of what is attached to a subscription, a group or a resource, given by its id.
    pub fn attached(scope: &str, kind: &str, name: &str) -> Result<Self, ResourceIdError> {
        Self::parse(&format!("{scope}/{PROVIDERS}/{ATTACHES}/{kind}/{name}"))
    }

    /// The id of a group, or of a subscription where the group is empty, to which something may be attached.
    pub fn scope_of(subscription: &str, group: &str) -> String {
        let group = if group.is_empty() { String::new() } else { format!("/resourceGroups/{group}") };
        format!("/subscriptions/{subscription}{group}")
    }

    /// The id of what it is attached to, or of the group it is in: the part before its namespace.
    pub fn scope(&self) -> String {
        match self.attached_to() {
            Some(resource) => resource.to_string(),
            None => Self::scope_of(&self.subscription, &self.group),
        }
    }

    /// The resource to which it is attached, if it is to one.
    pub fn attached_to(&self) -> Option<Self> {
        let at = self.segments.iter().rposition(|(kind, _)| kind.eq_ignore_ascii_case(PROVIDERS))?;
        let Self { subscription, group, namespace, mut segments, key: _ } = self.clone();
        segments.truncate(at);
        Some(Self::keyed(subscription, group, namespace, segments))
    }

    /// The id of a child: `kind` is its type under this one, e.g. `versions`.
    #[must_use]
    pub fn child(&self, kind: &str, name: &str) -> Self {
        let Self { subscription, group, namespace, segments, key: _ } = self.clone();
        let segments = segments.into_iter().chain([(kind.to_owned(), name.to_owned())]).collect();
        Self::keyed(subscription, group, namespace, segments)
    }

    /// The id of the resource that contains this one, if it is not a top-level one.
    pub fn parent(&self) -> Option<Self> {
        let Self { subscription, group, namespace, mut segments, key: _ } = self.clone();
        segments.pop();
        let inside = segments.last().is_some_and(|(kind, _)| !kind.eq_ignore_ascii_case(PROVIDERS));
        inside.then(|| Self::keyed(subscription, group, namespace, segments))
    }

    /// The subscription's GUID, as written.
    pub fn subscription(&self) -> &str {
        &self.subscription
    }

    /// The resource group's name, as written.
    pub fn group(&self) -> &str {
        &self.group
    }

    /// The resource's own name: the last segment. A provider's is its namespace.
    pub fn name(&self) -> &str {
        let of_its_own = || if self.is_group() { &self.group } else { &self.namespace };
        self.segments.last().map_or_else(of_its_own, |(_, name)| name)
    }

    /// The names of the resource and of what contains it, outermost first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let named = self.segments.iter().filter(|(kind, _)| !kind.eq_ignore_ascii_case(PROVIDERS));
        let group = self.is_group().then_some(self.group.as_str());
        group.into_iter().chain(named.map(|(_, name)| name.as_str()))
    }

    /// It in words, under the name of its kind: `pool prodeus2/render`.
    pub fn called(&self, kind: &str) -> String {
        format!("{kind} {}", self.names().collect::<Vec<_>>().join("/"))
    }

    /// Whether this is of a type such as `Microsoft.Compute/galleries/images`, without regard to case.
    pub fn is_type(&self, full_type: &str) -> bool {
        if self.is_group() {
            return full_type.eq_ignore_ascii_case(GROUP_TYPE);
        }
        let mut own = self.namespace.clone();
        for (kind, name) in &self.segments {
            if kind.eq_ignore_ascii_case(PROVIDERS) {
                own.clone_from(name);
            } else {
                own.push('/');
                own.push_str(kind);
            }
        }
        own.eq_ignore_ascii_case(full_type)
    }

    /// Whether `other` is contained in this resource, at any depth.
    pub fn contains(&self, other: &Self) -> bool {
        other.segments.len() > self.segments.len()
            && other.key.strip_prefix(&self.key).is_some_and(|rest| rest.starts_with('/'))
    }

    /// Whether this resource is directly inside `parent`.
    pub fn is_child_of(&self, parent: &Self) -> bool {
        self.segments.len() == parent.segments.len() + 1 && parent.contains(self)
    }

    /// The path of the list that holds this resource: the id without its last name.
    pub fn collection_path(&self) -> String {
        let path = self.url_path();
        path.rsplit_once('/').map_or(path.clone(), |(collection, _)| collection.to_owned())
    }

    /// The path of the list of everything of a type, such as `Microsoft.Batch/batchAccounts`, in a subscription.
    pub fn subscription_path(subscription: &str, full_type: &str) -> String {
        format!("/subscriptions/{}/providers/{full_type}", encode(subscription))
    }

    /// The id as a URL path, every segment percent-encoded.
    pub fn url_path(&self) -> String {
        let mut path = Self::scope_of(&encode(&self.subscription), &encode(&self.group));
        if self.is_group() {
            return path;
        }
        for part in [PROVIDERS, &encode(&self.namespace)] {
            path.push('/');
            path.push_str(part);
        }
        for (kind, name) in &self.segments {
            path.push('/');
            path.push_str(&encode(kind));
            path.push('/');
            path.push_str(&encode(name));
        }
        path
    }

    /// The id in the one spelling in which two ids can be compared.
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subscription, group, namespace, segments, key: _ } = self;
        f.write_str(&Self::scope_of(subscription, group))?;
        if self.is_group() {
            return Ok(());
        }
        write!(f, "/{PROVIDERS}/{namespace}")?;
        segments.iter().try_for_each(|(kind, name)| write!(f, "/{kind}/{name}"))
    }
}

impl PartialEq for ResourceId {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for ResourceId {}

impl PartialOrd for ResourceId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ResourceId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

/// Every part of an id is one segment, or the first that is none is the error.
fn segments_of(parts: &[&str]) -> Result<(), ResourceIdError> {
    match parts.iter().find(|part| !is_segment(part)) {
        Some(part) => Err(ResourceIdError::Segment((*part).to_owned())),
        None => Ok(()),
    }
}

/// A segment may be any text that stays one segment on the wire and in a shell.
fn is_segment(text: &str) -> bool {
    !text.is_empty()
        && text != "."
        && text != ".."
        && text
            .chars()
            .all(|c| !c.is_control() && !matches!(c, '/' | '\\' | '?' | '#' | '%' | ';' | '<' | '>' | '&'))
}

/// Percent-encodes all but RFC 3986's unreserved characters and the few sub-delimiters that names hold.
pub fn encode(segment: &str) -> String {
    use fmt::Write as _;
    let mut encoded = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'(' | b')' => {
                encoded.push(char::from(byte));
            }
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::ResourceId;

    const VERSION: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.Compute/galleries/g/images/i/versions/1.0.0";

    #[test]
    fn an_id_comes_back_as_it_was_and_compares_without_case() {
        let id = ResourceId::parse(VERSION).expect("a valid id");
        assert_eq!(id.to_string(), VERSION);
        assert_eq!(id, ResourceId::parse(&VERSION.to_uppercase()).expect("case does not matter"));
        assert!(id.is_type("microsoft.compute/Galleries/images/versions"));
        assert_eq!(id.names().collect::<Vec<_>>(), ["g", "i", "1.0.0"]);
        assert!(id.parent().expect("a parent").contains(&id));
        assert!(id.collection_path().ends_with("/images/i/versions"));
    }

    #[test]
    fn what_would_leave_its_segment_is_refused() {
        for bad in [
            "",
            "/",
            "/subscriptions/x",
            "/subscriptions/s/resourceGroups/g/providers/N/t/",
            &format!("{VERSION}/"),
        ] {
            assert!(ResourceId::parse(bad).is_err(), "{bad:?}");
        }
        for name in ["..", "a%2fb", "a?b", "a#b", "a\r\nb", "a;b"] {
            let text = VERSION.replace("1.0.0", name);
            assert!(ResourceId::parse(&text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_is_attached_is_inside_nothing_and_tells_its_scope() {
        let group = "/subscriptions/s/resourceGroups/g";
        let gallery = ResourceId::new("s", "g", "Microsoft.Compute", "galleries", "one");
        for (scope, on) in
            [("/subscriptions/s", None), (group, None), (gallery.to_string().as_str(), Some(&gallery))]
        {
            let id = ResourceId::attached(scope, "roleAssignments", "n").expect("a scope");
            assert_eq!(ResourceId::parse(&id.to_string()), Ok(id.clone()));
            assert!(id.is_type("Microsoft.Authorization/roleAssignments"), "{id}");
            assert_eq!((id.scope().as_str(), id.attached_to().as_ref(), id.parent()), (scope, on, None));
            assert_eq!(id.url_path(), id.to_string());
            assert_eq!(id.names().last(), Some("n"));
        }
        for bad in [
            "/subscriptions/s/providers/Microsoft.Compute/galleries/one",
            &format!("{gallery}/providers/Microsoft.Compute/images/i"),
            &format!("{gallery}/providers/Microsoft.Authorization"),
        ] {
            assert!(ResourceId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_group_is_named_by_itself_and_contains_what_is_in_it() {
        let group = ResourceId::parse("/subscriptions/s/resourcegroups/My.Group").expect("a group");
        assert_eq!(group.to_string(), "/subscriptions/s/resourceGroups/My.Group");
        assert!(
            group.is_type("microsoft.resources/resourceGroups") && !group.is_type("Microsoft.Compute/images")
        );
        assert_eq!((group.name(), group.names().collect::<Vec<_>>()), ("My.Group", vec!["My.Group"]));
        assert_eq!((group.parent(), group.in_group()), (None, None));
        assert_eq!(group.url_path(), group.to_string());
        assert_eq!(group.collection_path(), ResourceId::groups_path("s"));
        let image = ResourceId::new("S", "my.group", "Microsoft.Compute", "images", "one");
        assert!(group.contains(&image) && !image.contains(&group));
        assert_eq!(image.in_group().as_ref(), Some(&group));
        assert!(ResourceId::parse("/subscriptions/s/resourceGroups/").is_err());
        assert!(ResourceId::parse("/subscriptions/s/resourceGroups/a%2fb").is_err());
    }

    #[test]
    fn the_url_path_keeps_every_name_in_its_segment() {
        let id = ResourceId::new("s", "a b/c", "Microsoft.Compute", "images", "ü?");
        assert_eq!(
            id.url_path(),
            "/subscriptions/s/resourceGroups/a%20b%2Fc/providers/Microsoft.Compute/images/%C3%BC%3F"
        );
    }
}
