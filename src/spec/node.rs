//! A document as a tree in which every value knows its place and every scalar keeps the text that stands in the file.
//! Gives no value a type: what `1.10`, `010` or `no` mean is decided by the property they are written for.

use std::fmt;

use crate::diag::Place;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Where. A container spans from its first to its last entry.
    pub place: Place,
    /// What.
    pub value: NodeValue,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeValue {
    /// A single value.
    Scalar(Scalar),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the file, without a key twice.
    Map(Vec<Entry>),
}

/// One entry of a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub key_place: Place,
    /// Its value.
    pub value: Node,
}

/// A single value as text. One that came from the environment prints as `***`: it may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Scalar {
    /// The text: of a plain scalar what stands in the file, of a quoted one what it means.
    pub text: String,
    /// Written without quotes.
    pub plain: bool,
    /// Part of it came from the environment.
    pub from_env: bool,
    /// All of it came from one variable of the environment: that variable's name.
    pub env_name: Option<String>,
    /// It asks for something that has no value. That is reported, and nothing more can be said about it.
    pub unfilled: bool,
}

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, plain, from_env, env_name, unfilled } = self;
        let text = if *from_env { "***" } else { text };
        f.debug_struct("Scalar")
            .field("text", &text)
            .field("plain", plain)
            .field("from_env", from_env)
            .field("env_name", env_name)
            .field("unfilled", unfilled)
            .finish()
    }
}

impl Scalar {
    /// Whether it says "nothing": an empty value, `~` or `null`, without quotes.
    pub fn is_null(&self) -> bool {
        self.plain && matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }
}

impl Node {
    /// A single value, as if it stood in the file without quotes.
    pub fn scalar(place: Place, text: impl Into<String>) -> Self {
        Self {
            place,
            value: NodeValue::Scalar(Scalar {
                text: text.into(),
                plain: true,
                from_env: false,
                env_name: None,
                unfilled: false,
            }),
        }
    }

    /// The entries, if it is a map.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            NodeValue::Map(entries) => entries,
            NodeValue::Scalar(_) | NodeValue::List(_) => &[],
        }
    }

    /// The elements, if it is a list.
    pub fn elements(&self) -> &[Node] {
        match &self.value {
            NodeValue::List(elements) => elements,
            NodeValue::Scalar(_) | NodeValue::Map(_) => &[],
        }
    }

    /// The entry of a key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The value of a key; a null counts as not written.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value).filter(|node| !node.is_null())
    }

    /// The text, if it is a single value.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            NodeValue::Scalar(scalar) => Some(&scalar.text),
            NodeValue::List(_) | NodeValue::Map(_) => None,
        }
    }

    /// Whether it says "nothing".
    pub fn is_null(&self) -> bool {
        matches!(&self.value, NodeValue::Scalar(scalar) if scalar.is_null())
    }

    /// Whether it asks for something that has no value.
    pub fn is_unfilled(&self) -> bool {
        matches!(&self.value, NodeValue::Scalar(scalar) if scalar.unfilled)
    }

    /// How much memory it takes, roughly: a unit for each value, and one for every 64 bytes of text. What makes copies of
    /// nodes counts them, so that no small file becomes a large tree.
    pub fn weight(&self) -> usize {
        match &self.value {
            NodeValue::Scalar(scalar) => weight_of_text(&scalar.text),
            NodeValue::List(elements) => 1 + elements.iter().map(Self::weight).sum::<usize>(),
            NodeValue::Map(entries) => {
                1 + entries
                    .iter()
                    .map(|entry| weight_of_text(&entry.key) + entry.value.weight())
                    .sum::<usize>()
            }
        }
    }

    /// What it is, in words.
    pub fn describe(&self) -> &'static str {
        match &self.value {
            NodeValue::Scalar(scalar) if scalar.is_null() => "nothing",
            NodeValue::Scalar(_) => "a single value",
            NodeValue::List(_) => "a list",
            NodeValue::Map(_) => "a map",
        }
    }

    /// Takes an entry out.
    pub fn take(&mut self, key: &str) -> Option<Entry> {
        let NodeValue::Map(entries) = &mut self.value else { return None };
        let at = entries.iter().position(|entry| entry.key == key)?;
        Some(entries.remove(at))
    }

    /// Adds an entry unless the key is there.
    pub fn add_missing(&mut self, entry: &Entry) {
        if let NodeValue::Map(entries) = &mut self.value
            && entries.iter().all(|own| own.key != entry.key)
        {
            entries.push(entry.clone());
        }
    }
}

/// What a text weighs; see [`Node::weight`].
pub(super) fn weight_of_text(text: &str) -> usize {
    1 + text.len() / 64
}
