//! What a handler is given (a call) and what it gives back (an answer, or a failure).
//! Decides nothing: the router fills these in and turns them into bytes.

use serde_json::{Value, json};

use crate::emulator::arm_id::ArmId;
use crate::emulator::clock::Moment;
use crate::emulator::sign_in::Caller;
use crate::emulator::wire;

/// What is asked of a resource or a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verb {
    /// GET of one resource.
    Get,
    /// GET of a collection.
    List,
    /// HEAD.
    Head,
    /// PUT.
    Put,
    /// PATCH.
    Patch,
    /// POST, of an action or into a collection.
    Post,
    /// DELETE.
    Delete,
}

/// One request, read and taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// What is asked. On the data plane `List` does not occur: the handler sees from the path what is meant.
    pub(crate) verb: Verb,
    /// The ARM id in the path; on the data plane the id of the Batch account, in its canonical spelling.
    pub(crate) id: ArmId,
    /// Who asks.
    pub(crate) caller: Caller,
    /// The path's segments without percent-encoding.
    pub(crate) segments: Vec<String>,
    /// The path as sent.
    pub(crate) path: String,
    /// The query's names and values, decoded.
    pub(crate) query: Vec<(String, String)>,
    /// The headers.
    pub(crate) headers: Vec<(String, String)>,
    /// The body; none when it was empty.
    pub(crate) body: Option<Value>,
    /// Scheme and authority it was sent to, for links in the answer.
    pub(crate) base: String,
    /// Entries of a list in one page.
    pub(crate) page_size: usize,
}

impl Call {
    /// A query parameter, its name in any case.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        wire::header(&self.query, name)
    }

    /// A header, its name in any case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        wire::header(&self.headers, name)
    }

    /// The api-version asked for, empty when there is none.
    pub(crate) fn api_version(&self) -> &str {
        self.query("api-version").unwrap_or_default()
    }

    /// The body, which must be a JSON object.
    pub(crate) fn object(&self) -> Result<&Value, Failure> {
        match &self.body {
            Some(body) if body.is_object() => Ok(body),
            Some(_) => Err(Failure::content(
                "Unexpected character encountered while parsing value. Path '', line 1, position 1.",
            )),
            None => Err(Failure::arm(400, "MissingRequestBody", "The request body is required.")),
        }
    }

    /// An absolute URL of a path on the host that was asked.
    pub(crate) fn link(&self, path_and_query: &str) -> String {
        format!("{}{path_and_query}", self.base)
    }
}

/// What is answered when all is well.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    /// Headers beyond those every answer has.
    pub(crate) headers: Vec<(String, String)>,
    /// The body; none means an empty one.
    pub(crate) body: Option<Value>,
}

impl Answer {
    /// A status with a body.
    pub(crate) fn json(status: u16, body: Value) -> Answer {
        Answer { status, headers: Vec::new(), body: Some(body) }
    }

    /// 200 with a body.
    pub(crate) fn ok(body: Value) -> Answer {
        Answer::json(200, body)
    }

    /// A status without a body.
    pub(crate) fn empty(status: u16) -> Answer {
        Answer { status, ..Answer::default() }
    }

    /// With one more header.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Answer {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// With more headers.
    pub(crate) fn with_all(mut self, headers: Vec<(String, String)>) -> Answer {
        self.headers.extend(headers);
        self
    }
}

/// A refusal, in the form of whichever plane was asked.
///
/// ARM prints `{"error":{code,message,target?,details?}}`; the Batch data plane
/// `{"code","message":{lang,value},"values":[{key,value}]}`, where the details are the values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Failure {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
    /// Boxed to keep refusals small.
    pub(crate) target: Option<Box<str>>,
    /// Pairs: nested errors' code and message, or on the data plane keys and values.
    pub(crate) details: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
}

pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    /// A refusal with Azure's code and text.
    pub(crate) fn arm(status: u16, code: &str, message: impl Into<String>) -> Failure {
        Failure {
            status,
            code: code.to_owned(),
            message: message.into(),
            target: None,
            details: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// 400 `InvalidParameter`, Compute's usual refusal of a value.
    pub(crate) fn parameter(target: &str, message: impl Into<String>) -> Failure {
        Failure::arm(400, "InvalidParameter", message).on(target)
    }

    /// The same for a value that is none of those there are.
    pub(crate) fn value(target: &str, value: &str) -> Failure {
        let value: String = value.chars().take(200).collect();
        Failure::parameter(target, format!("The value '{value}' of parameter '{target}' is invalid."))
    }

    /// 400 for a body that cannot be read.
    pub(crate) fn content(why: &str) -> Failure {
        Failure::arm(
            400,
            "InvalidRequestContent",
            format!("The request content was invalid and could not be deserialized: '{why}'."),
        )
    }

    /// Names what the refusal is about.
    pub(crate) fn on(mut self, target: &str) -> Failure {
        self.target = Some(target.into());
        self
    }

    /// Adds a detail (ARM) or a value (data plane).
    pub(crate) fn detail(mut self, key: &str, value: impl Into<String>) -> Failure {
        self.details.push((key.to_owned(), value.into()));
        self
    }

    /// Adds a header.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Failure {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The error object alone, as it also stands in a failed operation.
    pub(crate) fn error(&self) -> Value {
        let mut error = json!({"code": self.code, "message": self.message});
        if let Some(target) = &self.target {
            error["target"] = json!(target);
        }
        if !self.details.is_empty() {
            let details =
                self.details.iter().map(|(code, message)| json!({"code": code, "message": message}));
            error["details"] = details.collect();
        }
        error
    }

    /// As ARM answers it.
    pub(crate) fn into_arm(self) -> Answer {
        let body = json!({"error": self.error()});
        Answer { status: self.status, headers: self.headers, body: Some(body) }
    }

    /// As the Batch data plane answers it.
    pub(crate) fn into_batch(self, base: &str, request_id: &str, now: Moment) -> Answer {
        let mut body = json!({
            "odata.metadata": format!("{base}/$metadata#Microsoft.Azure.Batch.Protocol.Entities.Container.errors/@Element"),
            "code": self.code,
            "message": {
                "lang": "en-US",
                "value": format!("{}\nRequestId:{request_id}\nTime:{}", self.message, now.rfc3339()),
            },
        });
        if !self.details.is_empty() {
            let values = self.details.iter().map(|(key, value)| json!({"key": key, "value": value}));
            body["values"] = values.collect();
        }
        Answer { status: self.status, headers: self.headers, body: Some(body) }
    }
}
