//! What rules may know of Azure: what was observed of the stack's resources, and answers to what they ask beside that.
//! Asks nobody: a question that has no answer yet is noted, and whoever runs the rules reads it and runs them again.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::diag::RuleCode;
use crate::model::address::Address;
use crate::model::facts::{Facts, Question, Told};
use crate::model::snapshot::{Live, Observed, Snapshot};

/// What is known of Azure while the rules run.
#[derive(Debug)]
pub struct Azure<'a> {
    /// What was observed.
    pub snapshot: &'a Snapshot,
    facts: &'a Facts,
    /// The day it is where the resources are, such as `2026-11-25`: what their dates are held against.
    pub today: &'a str,
    /// The rule that runs.
    running: Cell<Option<RuleCode>>,
    asked: RefCell<BTreeMap<Question, BTreeSet<RuleCode>>>,
    /// What was to be observed and could not be read, with why, that rules looked at.
    missed: RefCell<BTreeMap<(String, String), BTreeSet<RuleCode>>>,
}

/// What a rule hears to its question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Heard<'a> {
    /// Nothing: it is not known, and nothing may be concluded from that.
    Nothing,
    /// That there is no such thing.
    Absent,
    /// This.
    There(&'a Value),
}

impl<'a> Heard<'a> {
    /// What is there.
    pub fn there(self) -> Option<&'a Value> {
        match self {
            Self::There(value) => Some(value),
            Self::Nothing | Self::Absent => None,
        }
    }
}

impl<'a> Azure<'a> {
    /// What was observed, and what was answered so far.
    pub fn new(snapshot: &'a Snapshot, facts: &'a Facts, today: &'a str) -> Self {
        Self {
            snapshot,
            facts,
            today,
            running: Cell::new(None),
            asked: RefCell::default(),
            missed: RefCell::default(),
        }
    }

    /// Notes which rule runs from now on, so that it is known what rests on an answer.
    pub(super) fn runs(&self, rule: RuleCode) {
        self.running.set(Some(rule));
    }

    /// Asks.
    pub fn ask(&self, question: Question) -> Heard<'a> {
        let heard = match self.facts.told(&question) {
            Some(Told::There(value)) => Heard::There(value),
            Some(Told::Absent) => Heard::Absent,
            Some(Told::Unreadable(_)) | None => Heard::Nothing,
        };
        self.asked.borrow_mut().entry(question).or_default().extend(self.running.get());
        heard
    }

    /// The live resource at an address.
    pub fn live(&self, address: &Address) -> Option<&'a Live> {
        if let Some(Observed::Unreadable(why)) = self.snapshot.resources.get(address) {
            // Of a list that could not be read, every entry is missed for one reason.
            let mut lists = self.snapshot.unreadable.iter();
            match lists.find(|gap| gap.why == *why) {
                Some(gap) => self.miss(&gap.what, why),
                None => self.miss(&address.to_string(), why),
            }
        }
        self.snapshot.live(address)
    }

    /// Every live resource of a kind that was observed, of the stack or not.
    pub fn all_of(&self, kind: &'static str) -> impl Iterator<Item = &'a Live> {
        for gap in self.snapshot.unreadable.iter().filter(|gap| gap.kind == kind) {
            self.miss(&gap.what, &gap.why);
        }
        self.snapshot.all_of(kind)
    }

    fn miss(&self, what: &str, why: &str) {
        let mut missed = self.missed.borrow_mut();
        missed.entry((what.to_owned(), why.to_owned())).or_default().extend(self.running.get());
    }

    /// Whether Azure said that nothing is at an address.
    pub fn is_absent(&self, address: &Address) -> bool {
        matches!(self.snapshot.resources.get(address), Some(Observed::Absent))
    }

    /// The questions that nobody has put to Azure yet.
    pub fn open_questions(&self) -> BTreeSet<Question> {
        let asked = self.asked.borrow();
        asked.keys().filter(|question| self.facts.told(question).is_none()).cloned().collect()
    }

    /// Why whatever could not be read could not be.
    pub fn unread(&self) -> impl Iterator<Item = &'a str> {
        let resources = self.snapshot.resources.values().filter_map(|observed| match observed {
            Observed::Unreadable(why) => Some(why.as_str()),
            Observed::Present(_) | Observed::Absent => None,
        });
        let lists = self.snapshot.unreadable.iter().map(|gap| gap.why.as_str());
        resources.chain(lists).chain(self.facts.unreadable().map(|(_, why)| why))
    }

    /// What could not be read, with why, and the rules that wanted to know.
    pub fn not_checked(&self) -> Vec<NotChecked> {
        let asked = self.asked.borrow();
        let unread = self.facts.unreadable().filter_map(|(question, why)| {
            let rules = asked.get(question)?.iter().copied().collect();
            Some(NotChecked { what: question.words(), why: why.to_owned(), rules })
        });
        let missed = self.missed.borrow();
        let missed = missed.iter().filter(|(_, rules)| !rules.is_empty()).map(|((what, why), rules)| {
            NotChecked { what: what.clone(), why: why.clone(), rules: rules.iter().copied().collect() }
        });
        unread.chain(missed).collect()
    }
}

/// Something that rules wanted to know and could not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotChecked {
    /// What was to be read.
    pub what: String,
    /// Why it could not be.
    pub why: String,
    /// The rules that could not look.
    pub rules: Vec<RuleCode>,
}
