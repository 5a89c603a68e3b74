//! One property of a body of Batch: its names on both planes, its shape, and the api-versions that have it.
//! The words of which the tables are made (`pool_schema`, `pool_machine`, `job_schema`); `pool_shape` obeys them.

/// One property.
#[derive(Debug)]
pub(crate) struct Field {
    /// The management plane's name; what is stored goes by it.
    pub(crate) name: &'static str,
    /// The data plane's name.
    pub(crate) data: &'static str,
    pub(crate) shape: Shape,
    pub(crate) required: bool,
    pub(crate) era: Era,
}

/// In which api-versions a property exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Era {
    /// In all.
    Any,
    /// Until 2024-07-01.
    Old,
    /// From 2025-06-01 on.
    New,
}

/// What a value looks like.
#[derive(Debug)]
pub(crate) enum Shape {
    Text,
    /// A text that is never answered.
    Secret,
    /// A whole number within bounds.
    Int(i64, i64),
    Bool,
    /// A date-time, answered in UTC.
    Date,
    /// An ISO 8601 duration, answered in its shortest form.
    Duration,
    /// One of the management plane's words.
    Choice(&'static [&'static str], Spelling),
    Object(&'static [Field]),
    List(&'static Shape),
    /// An object of texts, its keys free.
    Texts,
    /// Anything, kept as it is.
    Any,
    /// Anything, never answered.
    SecretAny,
}

/// How the data plane spells the management plane's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// `readwrite` for `ReadWrite`.
    Lower,
    /// `dockerCompatible` for `DockerCompatible`.
    Camel,
    /// As it is.
    Same,
    /// As it is, except that `confidentialVM` is `confidentialvm`.
    SecurityType,
}

impl Spelling {
    /// The data plane's word.
    pub(crate) fn data(self, word: &str) -> String {
        match self {
            Spelling::Lower => word.to_ascii_lowercase(),
            Spelling::SecurityType if word == "confidentialVM" => word.to_ascii_lowercase(),
            Spelling::Same | Spelling::SecurityType => word.to_owned(),
            Spelling::Camel => {
                let mut letters = word.chars();
                letters.next().map_or_else(String::new, |first| {
                    format!("{}{}", first.to_ascii_lowercase(), letters.as_str())
                })
            }
        }
    }
}

pub(crate) const fn field(name: &'static str, shape: Shape) -> Field {
    Field { name, data: name, shape, required: false, era: Era::Any }
}

pub(crate) const fn renamed(name: &'static str, data: &'static str, shape: Shape) -> Field {
    Field { name, data, shape, required: false, era: Era::Any }
}

impl Field {
    pub(crate) const fn required(mut self) -> Field {
        self.required = true;
        self
    }

    pub(crate) const fn in_era(mut self, era: Era) -> Field {
        self.era = era;
        self
    }
}

/// Where a number has no bounds of its own.
pub(crate) const ANY_INT: Shape = Shape::Int(i32::MIN as i64, i32::MAX as i64);
/// A number of things.
pub(crate) const COUNT: Shape = Shape::Int(0, i32::MAX as i64);
