//! What becomes of the tasks on nodes that go away, as whoever sends the nodes away may choose.
//! The choice only: tasks are taken off their nodes by `scheduling` and `node_action`.

use serde::{Deserialize, Serialize};

/// Its names are the management plane's words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Deallocation {
    /// They end, and wait for other nodes.
    #[default]
    Requeue,
    /// They end for good.
    Terminate,
    /// The nodes wait for them.
    TaskCompletion,
    /// The nodes wait for them, and for what they left to be no longer kept.
    RetainedData,
}

impl Deallocation {
    /// Reads the word of either plane; none for any other.
    pub(crate) fn parse(word: &str) -> Option<Deallocation> {
        let all = [Self::Requeue, Self::Terminate, Self::TaskCompletion, Self::RetainedData];
        all.into_iter().find(|it| it.word().eq_ignore_ascii_case(word))
    }

    /// The management plane's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Requeue => "Requeue",
            Self::Terminate => "Terminate",
            Self::TaskCompletion => "TaskCompletion",
            Self::RetainedData => "RetainedData",
        }
    }
}
