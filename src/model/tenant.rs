//! What Azure's refusal of a token of the wrong tenant says: whose the subscription is, and who has signed in.
//! Reads the words of the refusal, which are all that Azure tells to a stranger.

use std::borrow::Cow;

/// Azure's code for it.
const CODE: &str = "InvalidAuthenticationTokenTenant";

/// A subscription of another tenant than that of whoever signs in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OtherTenant {
    /// The subscription.
    pub subscription: String,
    /// The tenant that it belongs to, where Azure tells.
    pub tenant: Option<String>,
    /// The tenant of whoever signs in, where Azure tells.
    pub signed_in: Option<String>,
}

impl OtherTenant {
    /// What an error says, as a read of something tells it; `None` for any other error.
    pub fn told_by(error: &str) -> Option<Self> {
        let (before, after) = error.split_once(CODE)?;
        let (_, path) = before.split_once("/subscriptions/")?;
        let subscription = path.split(['/', ' ']).next()?.to_lowercase();
        // 'https://ISSUER/TENANT/' of the token, then of the subscription.
        let mut tenants = after.split('\'').filter_map(|quoted| {
            let tenant = quoted.strip_prefix("https://")?.trim_end_matches('/').rsplit('/').next()?;
            (tenant.len() == 36).then(|| tenant.to_lowercase())
        });
        let (signed_in, tenant) = (tenants.next(), tenants.next());
        Some(Self { subscription, tenant, signed_in })
    }

    /// The reason, in words.
    pub fn words(&self) -> String {
        let Self { subscription, tenant, signed_in } = self;
        let of = |tenant: &Option<String>, otherwise: &str| match tenant {
            Some(tenant) => format!("tenant {tenant}"),
            None => otherwise.to_owned(),
        };
        let (theirs, ours) = (of(tenant, "another tenant"), of(signed_in, "its own"));
        format!("subscription {subscription} belongs to {theirs}, and whoever signs in belongs to {ours}")
    }

    /// What a user can do.
    pub fn way_out(&self) -> String {
        let tenant = self.tenant.as_deref().unwrap_or("TENANT");
        format!(
            "a stack is of one tenant, and Batch boots no image of another: name what is in the tenant that is signed in to, or, where all of the stack is in the other, sign in there (`az login --tenant {tenant}`)"
        )
    }
}

/// Why something could not be read: what a wrong tenant means, else as Azure says it.
pub fn plainly(error: &str) -> Cow<'_, str> {
    OtherTenant::told_by(error).map_or(Cow::Borrowed(error), |other| Cow::Owned(other.words()))
}

/// What a user can do about something that could not be read.
pub fn way_to_read(error: &str) -> String {
    OtherTenant::told_by(error).map_or_else(
        || "give the signed-in identity read access to it, and plan again".to_owned(),
        |other| other.way_out(),
    )
}

#[cfg(test)]
mod tests {
    use super::{OtherTenant, plainly, way_to_read};

    const AZURE: &str = "GET /subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/rg was refused with 401 InvalidAuthenticationTokenTenant: The access token is from the wrong issuer 'https://sts.windows.net/00000000-0000-0000-0000-0000000000AA/'. It must match the tenant 'https://sts.windows.net/99999999-0000-0000-0000-000000000000/' associated with this subscription. Please use the authority (URL) 'https://login.windows.net/99999999-0000-0000-0000-000000000000' to get the token.";

    #[test]
    fn a_refusal_tells_both_tenants() {
        assert_eq!(
            plainly(AZURE),
            "subscription 00000000-0000-0000-0000-000000000009 belongs to tenant 99999999-0000-0000-0000-000000000000, and whoever signs in belongs to tenant 00000000-0000-0000-0000-0000000000aa"
        );
        assert!(way_to_read(AZURE).contains("az login --tenant 99999999-0000-0000-0000-000000000000`"));
    }

    #[test]
    fn a_short_refusal_tells_that_there_is_another() {
        let short = "GET /subscriptions/s/providers was refused with 401 InvalidAuthenticationTokenTenant";
        let told = OtherTenant::told_by(short).expect("it is one");
        assert_eq!((told.subscription.as_str(), told.tenant, told.signed_in), ("s", None, None));
    }

    #[test]
    fn other_errors_are_told_as_they_are() {
        let other = "GET /subscriptions/s was refused with 403 AuthorizationFailed";
        assert_eq!(plainly(other), other);
        assert!(way_to_read(other).contains("read access"));
    }
}
