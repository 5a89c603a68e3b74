//! Faults by script: which request goes wrong, when, and how.
//! Decides only whether a fault applies; the emulator carries it out.

/// When the fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Before the request is carried out: nothing has happened.
    BeforeCommit,
    /// After it was carried out and stored: only the answer is lost.
    AfterCommit,
}

/// What the client gets instead of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Nothing: the connection is closed.
    Drop,
    /// This status with these headers and this body.
    Status(u16, Vec<(String, String)>, String),
}

/// Which requests it strikes; what is none fits all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matching {
    /// The number of the request, counted from 1 over all that the emulator has answered.
    pub number: Option<u64>,
    /// The verb, in any case.
    pub method: Option<String>,
    /// A part of the path and query, in any case.
    pub path: Option<String>,
}

/// One line of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which requests.
    pub matching: Matching,
    /// Before or after the commit.
    pub when: When,
    /// What is answered.
    pub what: What,
    /// How many more times; it is spent at zero.
    pub times: u32,
}

impl Fault {
    /// The connection breaks at the request of that number, before or after it was carried out.
    pub fn drop_at(number: u64, when: When) -> Fault {
        Fault {
            matching: Matching { number: Some(number), ..Matching::default() },
            when,
            what: What::Drop,
            times: 1,
        }
    }

    /// Requests of that method and path part get this status, so many times, and are not carried out.
    pub fn status(method: &str, path: &str, status: u16, body: &str, times: u32) -> Fault {
        let matching =
            Matching { number: None, method: Some(method.to_owned()), path: Some(path.to_owned()) };
        let what = What::Status(status, Vec::new(), body.to_owned());
        Fault { matching, when: When::BeforeCommit, what, times }
    }

    fn fits(&self, number: u64, method: &str, target: &str) -> bool {
        let matching = &self.matching;
        self.times > 0
            && matching.number.is_none_or(|wanted| wanted == number)
            && matching.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && matching
                .path
                .as_ref()
                .is_none_or(|part| target.to_ascii_lowercase().contains(&part.to_ascii_lowercase()))
    }
}

/// The first fault that strikes this request; it has one time less then.
pub(crate) fn strike(faults: &mut [Fault], number: u64, method: &str, target: &str) -> Option<(When, What)> {
    let fault = faults.iter_mut().find(|fault| fault.fits(number, method, target))?;
    fault.times -= 1;
    Some((fault.when, fault.what.clone()))
}
