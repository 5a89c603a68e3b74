//! What poolwright knows about one property: where it stands, how its values compare, what a change to it forces.
//! Rows only: the one comparer and the one lowering that read them are elsewhere.

/// What Azure demands before it takes a change of a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Forces {
    /// Taken at once.
    InPlace,
    /// Taken at once; a running node has it only after a reboot.
    Reboot,
    /// Taken only while the pool has no node.
    ZeroNodes,
    /// Taken by no update: the resource is deleted and created.
    Replace,
    /// Never taken, and replacing would lose what users rely on. The text says what to do instead.
    Never(&'static str),
    /// Read when the resource is created, and not compared afterwards.
    CreateOnly,
    /// Carried by no write: it is changed by an action on the resource.
    Call,
}

impl Forces {
    /// The words a plan uses for it.
    pub fn words(self) -> &'static str {
        match self {
            Self::InPlace => "in place",
            Self::Reboot => "in place, nodes need a reboot",
            Self::ZeroNodes => "only with zero nodes",
            Self::Replace => "replaces the resource",
            Self::Never(_) => "cannot be changed",
            Self::CreateOnly => "only read at creation",
            Self::Call => "by an action",
        }
    }
}

/// How two values of a property are held against each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// The same JSON.
    Exact,
    /// The same text without regard to case.
    IgnoreCase,
    /// The same region: `West Europe` is `westeurope`.
    Region,
    /// The same length of time: `PT900S` is `PT15M`.
    Duration,
    /// The same moment: `2027-06-30` is `2027-06-30T00:00:00Z`.
    DateTime,
    /// The same resource: ids without regard to case.
    Id,
    /// The same number, however it is written.
    Number,
    /// Any JSON, compared whole.
    Json,
    /// Azure does not answer it, so it cannot be compared.
    Secret,
}

/// How the elements of a list or map are matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Elements {
    /// By position.
    Ordered,
    /// By the value of this property of each element; the order does not matter. `*.name` is the property `name` of the
    /// object inside the element that has one.
    Keyed(&'static str),
    /// Scalars in any order.
    Set,
}

/// What it means when the user leaves the property out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Omitted {
    /// Azure's default is asserted: a live value that differs from this JSON is changed to it.
    Default(&'static str),
    /// The property is taken away, by sending this JSON (`null`, `{}`, `[]`).
    Reset(&'static str),
    /// Left as it is; a plan says so.
    Leave,
}

/// One property of a kind. Paths use dots, and `[]` for every element of a list: `targetRegions[].name`.
#[derive(Debug, Clone, Copy)]
pub struct FieldRule {
    /// Where a user writes it, under the resource's entry.
    pub spec: &'static str,
    /// Where Azure has it, in the resource's body.
    pub body: &'static str,
    /// What a change forces. `None`: as the property that contains it.
    pub forces: Option<Forces>,
    /// How values compare.
    pub compare: Compare,
    /// How elements are matched.
    pub elements: Elements,
    /// Only the keys a user writes are managed; what others wrote survives (tags, metadata).
    pub merged: bool,
    /// What omission means. `None`: as the property that contains it.
    pub omitted: Option<Omitted>,
    /// Azure takes it and never answers it.
    pub write_only: bool,
}

impl FieldRule {
    /// A property that is compared exactly, changed in place, and left alone when omitted, unless said otherwise.
    pub const fn new(spec: &'static str, body: &'static str) -> Self {
        Self {
            spec,
            body,
            forces: None,
            compare: Compare::Exact,
            elements: Elements::Ordered,
            merged: false,
            omitted: None,
            write_only: false,
        }
    }

    const fn forces(mut self, forces: Forces) -> Self {
        self.forces = Some(forces);
        self
    }

    const fn compare(mut self, compare: Compare) -> Self {
        self.compare = compare;
        self
    }

    const fn omitted(mut self, omitted: Omitted) -> Self {
        self.omitted = Some(omitted);
        self
    }

    /// See [`Forces::InPlace`].
    #[must_use]
    pub const fn in_place(self) -> Self {
        self.forces(Forces::InPlace)
    }

    /// See [`Forces::Reboot`].
    #[must_use]
    pub const fn reboot(self) -> Self {
        self.forces(Forces::Reboot)
    }

    /// See [`Forces::ZeroNodes`].
    #[must_use]
    pub const fn zero_nodes(self) -> Self {
        self.forces(Forces::ZeroNodes)
    }

    /// See [`Forces::Replace`].
    #[must_use]
    pub const fn replace(self) -> Self {
        self.forces(Forces::Replace)
    }

    /// See [`Forces::Never`].
    #[must_use]
    pub const fn never(self, instead: &'static str) -> Self {
        self.forces(Forces::Never(instead))
    }

    /// See [`Forces::CreateOnly`].
    #[must_use]
    pub const fn create_only(self) -> Self {
        self.forces(Forces::CreateOnly)
    }

    /// See [`Forces::Call`].
    #[must_use]
    pub const fn call(self) -> Self {
        self.forces(Forces::Call)
    }

    /// See [`Compare::IgnoreCase`].
    #[must_use]
    pub const fn ignore_case(self) -> Self {
        self.compare(Compare::IgnoreCase)
    }

    /// See [`Compare::Region`].
    #[must_use]
    pub const fn region(self) -> Self {
        self.compare(Compare::Region)
    }

    /// See [`Compare::Duration`].
    #[must_use]
    pub const fn duration(self) -> Self {
        self.compare(Compare::Duration)
    }

    /// See [`Compare::DateTime`].
    #[must_use]
    pub const fn date_time(self) -> Self {
        self.compare(Compare::DateTime)
    }

    /// See [`Compare::Id`].
    #[must_use]
    pub const fn id(self) -> Self {
        self.compare(Compare::Id)
    }

    /// See [`Compare::Number`].
    #[must_use]
    pub const fn number(self) -> Self {
        self.compare(Compare::Number)
    }

    /// See [`Compare::Json`].
    #[must_use]
    pub const fn json(self) -> Self {
        self.compare(Compare::Json)
    }

    /// See [`Compare::Secret`].
    #[must_use]
    pub const fn secret(mut self) -> Self {
        self.write_only = true;
        self.compare(Compare::Secret)
    }

    /// See [`Elements::Keyed`].
    #[must_use]
    pub const fn keyed(mut self, key: &'static str) -> Self {
        self.elements = Elements::Keyed(key);
        self
    }

    /// See [`Elements::Set`].
    #[must_use]
    pub const fn set(mut self) -> Self {
        self.elements = Elements::Set;
        self
    }

    /// Only the keys a user writes are managed.
    #[must_use]
    pub const fn merged(mut self) -> Self {
        self.merged = true;
        self
    }

    /// See [`Omitted::Default`]; `json` is the default's JSON text.
    #[must_use]
    pub const fn default(self, json: &'static str) -> Self {
        self.omitted(Omitted::Default(json))
    }

    /// See [`Omitted::Reset`]; `json` is what is sent to take the property away.
    #[must_use]
    pub const fn reset(self, json: &'static str) -> Self {
        self.omitted(Omitted::Reset(json))
    }

    /// See [`Omitted::Leave`].
    #[must_use]
    pub const fn leave(self) -> Self {
        self.omitted(Omitted::Leave)
    }

    /// Azure takes it and never answers it.
    #[must_use]
    pub const fn write_only(mut self) -> Self {
        self.write_only = true;
        self
    }
}
