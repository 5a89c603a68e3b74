//! The sign of ownership that poolwright writes on what it makes, since there is no state file.
//! Only writes and reads the text; what follows from a mark is decided in planning.

use std::ops::Range;

use crate::model::digest::digest;
use crate::model::resource_id::ResourceId;

/// The tag, or the name of the metadata entry, that holds the mark.
pub const KEY: &str = "poolwright";

/// Who owns what a run makes: the stack's name and its home, without regard to case in the home.
#[derive(Debug, Clone)]
pub struct Owner {
    /// `name` of the stack.
    pub stack: String,
    /// The home's subscription.
    pub subscription: String,
    /// The home's resource group.
    pub group: String,
}

/// What a resource's mark says about who owns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// This stack.
    Ours,
    /// Another stack, or nobody: no mark, or a mark that was copied from another resource.
    NotOurs,
}

impl Owner {
    /// The mark this owner writes on the resource: `stack@subscription/group#hash`, where the hash is of the
    /// resource's own id, so that a copied or inherited tag is not taken for ours.
    pub fn mark(&self, id: &ResourceId) -> String {
        let Self { stack, subscription, group } = self;
        let hash: String = digest(id.key()).chars().take(8).collect();
        format!("{stack}@{}/{}#{hash}", subscription.to_ascii_lowercase(), group.to_ascii_lowercase())
    }

    /// The name that this owner gives to what has no place for a mark: a GUID made of whose it is and of all that makes it
    /// another than the next, without regard to case. Whatever bears it is this owner's.
    pub fn guid(&self, of: &str) -> String {
        let Self { stack, subscription, group } = self;
        let home = format!("{subscription}/{group}#{of}").to_ascii_lowercase();
        let mut digits: Vec<char> = digest(&format!("{stack}@{home}")).chars().take(32).collect();
        // The version of names made by hashing, and the variant of all GUIDs (RFC 9562).
        digits[12] = '5';
        digits[16] = 'a';
        let part = |range: Range<usize>| digits[range].iter().collect::<String>();
        [part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-")
    }

    /// Whose the resource is that bears `mark`.
    pub fn ownership(&self, id: &ResourceId, mark: Option<&str>) -> Ownership {
        if mark.is_some_and(|mark| mark == self.mark(id)) { Ownership::Ours } else { Ownership::NotOurs }
    }
}

/// Who wrote a mark on this resource, as `stack@subscription/group`; none for a mark that was copied there.
pub fn owner_of<'a>(mark: &'a str, id: &ResourceId) -> Option<&'a str> {
    let (owner, _) = mark.rsplit_once('#')?;
    let (stack, home) = owner.split_once('@')?;
    let (subscription, group) = home.split_once('/')?;
    let [stack, subscription, group] = [stack, subscription, group].map(str::to_owned);
    (Owner { stack, subscription, group }.mark(id) == mark).then_some(owner)
}

/// Six hex digits by which a text is told from another, without regard to case.
pub fn six_digits(text: &str) -> String {
    digest(&text.to_ascii_lowercase()).chars().take(6).collect()
}

/// Two owners are one if they write the same marks.
impl PartialEq for Owner {
    fn eq(&self, other: &Self) -> bool {
        let Self { stack, subscription, group } = self;
        *stack == other.stack
            && subscription.eq_ignore_ascii_case(&other.subscription)
            && group.eq_ignore_ascii_case(&other.group)
    }
}

impl Eq for Owner {}

#[cfg(test)]
mod tests {
    use super::{Owner, Ownership};
    use crate::model::resource_id::ResourceId;

    #[test]
    fn a_derived_name_is_another_for_every_owner_and_everything_it_is_of() {
        let owner = Owner { stack: "render".into(), subscription: "S".into(), group: "Home".into() };
        let name = owner.guid("/subscriptions/S reader");
        assert_eq!(name, owner.guid("/Subscriptions/s READER"));
        let lengths: Vec<usize> = name.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert_ne!(name, owner.guid("/subscriptions/s owner"));
        assert_ne!(name, Owner { group: "elsewhere".into(), ..owner }.guid("/subscriptions/S reader"));
    }

    #[test]
    fn a_mark_is_ours_only_on_its_own_resource() {
        let owner = Owner { stack: "render".into(), subscription: "S".into(), group: "Home".into() };
        let id = ResourceId::new("s", "g", "Microsoft.Compute", "galleries", "one");
        let mark = owner.mark(&id);
        assert!(mark.starts_with("render@s/home#"), "{mark}");
        assert_eq!(owner.ownership(&id, Some(&mark)), Ownership::Ours);
        let copy = ResourceId::new("s", "g", "Microsoft.Compute", "galleries", "two");
        assert_eq!(owner.ownership(&copy, Some(&mark)), Ownership::NotOurs);
        let shouted = Owner { subscription: "s".into(), group: "HOME".into(), ..owner.clone() };
        assert_eq!((shouted.mark(&id), &shouted), (mark.clone(), &owner));
        assert_ne!(Owner { stack: "Render".into(), ..owner.clone() }, owner);
        let namesake = Owner { group: "elsewhere".into(), ..owner };
        assert_eq!(namesake.ownership(&id, Some(&mark)), Ownership::NotOurs);
    }
}
