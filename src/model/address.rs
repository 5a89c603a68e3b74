//! The name a resource has in a stack: `pool/eus2/render`, `image-version/gallery/image/1.2.3`.
//! Says nothing about where the resource is in Azure; that is a `ResourceId`.

use std::fmt;

/// `kind/part/part…`: unique within a run, stable over runs, and what a user types for `--target`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(String);

impl Address {
    /// Joins a kind's name and the parts that name one resource of it.
    pub fn new<'a>(kind: &str, parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut text = kind.to_owned();
        for part in parts {
            text.push('/');
            text.push_str(part);
        }
        Self(text)
    }

    /// As a user types it; `None` for what does not even look like one.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, name) = text.split_once('/')?;
        (!kind.is_empty() && !name.is_empty()).then(|| Self(text.to_owned()))
    }

    /// The kind's name: the part before the first `/`.
    pub fn kind(&self) -> &str {
        self.0.split_once('/').map_or(self.0.as_str(), |(kind, _)| kind)
    }

    /// What names the resource among its kind: all after the first `/`.
    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, name)| name)
    }

    /// The whole address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn kind_and_name_are_split_at_the_first_slash() {
        let address = Address::new("pool", ["eus2", "render"]);
        assert_eq!((address.kind(), address.name()), ("pool", "eus2/render"));
        assert_eq!(address.to_string(), "pool/eus2/render");
        assert_eq!(Address::parse("pool/eus2/render"), Some(address));
        assert_eq!(
            (Address::parse("pool"), Address::parse("pool/"), Address::parse("/a")),
            (None, None, None)
        );
    }
}
