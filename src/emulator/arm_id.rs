//! Resource ids of Azure Resource Manager, taken apart and put together, without regard to case.
//! Knows no resource types; the router does.

/// A resource id, or the path of a collection or an action below one.
///
/// `/subscriptions/S/resourceGroups/G/providers/NS/t1/n1/t2/n2` has two types and two names; a collection
/// (`…/t1/n1/t2`) or an action (`…/t1/n1/start`) has one type more than names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ArmId {
    /// The subscription, as typed.
    pub(crate) subscription: Option<String>,
    /// The resource group, as typed.
    pub(crate) group: Option<String>,
    /// The provider's namespace, such as `Microsoft.Compute`, as typed.
    pub(crate) namespace: Option<String>,
    /// Type segments, as typed: `galleries`, `images`, `versions`.
    pub(crate) types: Vec<String>,
    /// Names that go with the types, as typed.
    pub(crate) names: Vec<String>,
    /// For extension resources (role assignments), the id of what they are attached to, as typed.
    pub(crate) scope: Option<String>,
}

impl ArmId {
    /// Reads an id; none when the path is not of that form.
    pub(crate) fn parse(path: &str) -> Option<ArmId> {
        let segments: Vec<String> = path.strip_prefix('/')?.split('/').map(str::to_owned).collect();
        ArmId::from_segments(&segments)
    }

    /// Reads the segments of a path, each already without percent-encoding.
    pub(crate) fn from_segments(segments: &[String]) -> Option<ArmId> {
        let mut id = ArmId::default();
        let is = |at: usize, word: &str| segments.get(at).is_some_and(|part| part.eq_ignore_ascii_case(word));
        if segments.iter().any(String::is_empty) {
            return None;
        }
        let mut at = 0;
        if is(0, "subscriptions") && segments.len() > 1 {
            id.subscription = Some(segments[1].clone());
            at = 2;
            if is(2, "resourcegroups") && segments.len() > 3 {
                id.group = Some(segments[3].clone());
                at = 4;
            }
        }
        // The last `providers` that is followed by a type is the resource's own; one before it makes a scope.
        let own =
            (at..segments.len().saturating_sub(2)).rev().find(|&i| is(i, "providers") && (i - at) % 2 == 0);
        match own {
            Some(i) => {
                if i > at {
                    id.scope = Some(format!("/{}", segments[..i].join("/")));
                }
                id.namespace = Some(segments[i + 1].clone());
                at = i + 2;
            }
            // `/subscriptions`, `/subscriptions/S/locations`, `/subscriptions/S/resourceGroups`, `…/providers/NS`.
            None if segments.len() > at + 2 => return None,
            None => {}
        }
        for (index, part) in segments[at..].iter().enumerate() {
            if index % 2 == 0 { id.types.push(part.clone()) } else { id.names.push(part.clone()) }
        }
        Some(id)
    }

    /// The type path in lower case: `microsoft.compute/galleries/images`; for ARM's own things, such as
    /// `subscriptions`, `resourcegroups` or `locations`, without a namespace.
    pub(crate) fn kind(&self) -> String {
        let own = self.types.join("/");
        let kind = match (&self.namespace, self.types.is_empty(), &self.group, &self.subscription) {
            (Some(namespace), ..) => format!("{namespace}/{own}"),
            (None, false, ..) => own,
            (None, true, Some(_), _) => "resourcegroups".to_owned(),
            (None, true, None, Some(_)) => "subscriptions".to_owned(),
            (None, true, None, None) => String::new(),
        };
        kind.to_ascii_lowercase()
    }

    /// True when this names one resource, false when it is a collection's or an action's path.
    pub(crate) fn is_item(&self) -> bool {
        self.types.len() == self.names.len()
    }

    /// The last name; empty for ids without one.
    pub(crate) fn name(&self) -> &str {
        self.names.last().or(self.group.as_ref()).or(self.subscription.as_ref()).map_or("", String::as_str)
    }

    /// The id of the resource this one lies in (for a collection or an action: the resource it belongs to);
    /// none at the top of a provider.
    pub(crate) fn parent(&self) -> Option<ArmId> {
        let keep = if self.is_item() { self.names.len().saturating_sub(1) } else { self.names.len() };
        if keep == 0 || self.namespace.is_none() {
            return None;
        }
        let mut parent = self.clone();
        parent.types.truncate(keep);
        parent.names.truncate(keep);
        Some(parent)
    }

    /// The id of what an extension resource (a role assignment, tags) is attached to; `/` for the whole tenant.
    pub(crate) fn attached_to(&self) -> String {
        let bare = ArmId { namespace: None, types: Vec::new(), names: Vec::new(), ..self.clone() };
        Some(bare.path()).filter(|path| !path.is_empty()).unwrap_or_else(|| "/".to_owned())
    }

    /// The id as text, in the spelling of its parts.
    pub(crate) fn path(&self) -> String {
        let mut out = String::new();
        match (&self.scope, &self.subscription) {
            (Some(scope), _) => out.push_str(scope),
            (None, Some(subscription)) => {
                out.extend(["/subscriptions/", subscription]);
                if let Some(group) = &self.group {
                    out.extend(["/resourceGroups/", group]);
                }
            }
            (None, None) => {}
        }
        if let Some(namespace) = &self.namespace {
            out.extend(["/providers/", namespace]);
        }
        for (index, part) in self.types.iter().enumerate() {
            out.push('/');
            out.push_str(part);
            if let Some(name) = self.names.get(index) {
                out.push('/');
                out.push_str(name);
            }
        }
        out
    }

    /// The id of the resource group, in lower case; none outside one.
    pub(crate) fn group_key(&self) -> Option<String> {
        let (subscription, group) = (self.subscription.as_ref()?, self.group.as_ref()?);
        Some(format!("/subscriptions/{subscription}/resourcegroups/{group}").to_ascii_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_taken_apart_and_put_together() {
        let path = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/galleries/a/images/b";
        let id = ArmId::parse(path).unwrap();
        assert_eq!(id.kind(), "microsoft.compute/galleries/images");
        assert_eq!(id.path(), path);
        assert_eq!(id.parent().unwrap().name(), "a");
        assert!(id.is_item());
        let list = ArmId::parse(&format!("{path}/versions")).unwrap();
        assert!(!list.is_item());
        assert_eq!(list.parent().unwrap(), id);
    }

    #[test]
    fn arms_own_paths_have_kinds_without_a_namespace() {
        let kind = |path: &str| ArmId::parse(path).map(|id| id.kind());
        assert_eq!(kind("/subscriptions").as_deref(), Some("subscriptions"));
        assert_eq!(kind("/subscriptions/s").as_deref(), Some("subscriptions"));
        assert_eq!(kind("/subscriptions/s/locations").as_deref(), Some("locations"));
        assert_eq!(kind("/subscriptions/s/resourceGroups").as_deref(), Some("resourcegroups"));
        assert_eq!(kind("/subscriptions/s/resourcegroups/g").as_deref(), Some("resourcegroups"));
        assert_eq!(kind("/subscriptions/s/providers/Microsoft.Batch").as_deref(), Some("providers"));
        assert_eq!(kind("/subscriptions//x"), None);
    }

    #[test]
    fn an_extension_resource_knows_its_scope() {
        let scope = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/galleries/a";
        let id =
            ArmId::parse(&format!("{scope}/providers/Microsoft.Authorization/roleAssignments/x")).unwrap();
        assert_eq!(id.scope.as_deref(), Some(scope));
        assert_eq!(id.kind(), "microsoft.authorization/roleassignments");
        assert_eq!(id.path(), format!("{scope}/providers/Microsoft.Authorization/roleAssignments/x"));
        let above = |path: &str| ArmId::parse(path).map(|id| id.attached_to());
        let list = "/providers/Microsoft.Authorization/roleAssignments";
        assert_eq!(id.attached_to(), scope);
        assert_eq!(above(list).as_deref(), Some("/"));
        assert_eq!(
            above(&format!("/subscriptions/s/resourceGroups/g{list}")).as_deref(),
            Some("/subscriptions/s/resourceGroups/g")
        );
    }
}
