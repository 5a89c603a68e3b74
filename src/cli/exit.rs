//! The exit codes: published, and the same for every command.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, or nothing to do.
    Done,
    /// It failed, or was called wrongly.
    Failed,
    /// Changes are pending (`plan --detailed-exitcode` only).
    Pending,
    /// The spec has errors; nothing was sent.
    SpecErrors,
    /// Refused: protection, no consent, blocked resources.
    Refused,
    /// Apply is incomplete: some steps failed, were skipped, or still run at the time limit.
    Incomplete,
    /// Interrupted by Ctrl-C.
    Interrupted,
    /// Ended by SIGTERM.
    Terminated,
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Pending => 2,
            Self::SpecErrors => 3,
            Self::Refused => 4,
            Self::Incomplete => 5,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
