//! Turns hyper's requests into the emulator's and its answers back into hyper's, late or cut where a fault wants it.
//! Knows no socket (`server` does) and nothing of Azure.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};

use crate::emulator::wire::{Request, Response};
use crate::emulator::{Dropped, Emulator};

/// Bytes of a body that are kept, more than any service takes; what follows is read and forgotten.
const MAX_BODY: usize = 4 * 1024 * 1024 + 1;
/// Nobody needs to read a refusal who sends more than this.
const MAX_DROPPED: usize = 1024 * 1024 * 1024;

/// One request in, one answer out; `Dropped` closes the connection.
pub(crate) async fn answer(
    emulator: &Emulator,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<AnswerBody>, Dropped> {
    let (head, body) = request.into_parts();
    let (body, dropped) = read(body).await.map_err(|_| Dropped)?;
    let headers = head.headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let request = Request {
        method: head.method.as_str().to_owned(),
        url: head.uri.to_string(),
        headers: headers.collect(),
        body,
        dropped,
    };
    let response = emulator.handle(&request)?;
    if !response.delay.is_zero() {
        pause(response.delay).await;
    }
    Ok(respond(response))
}

/// A body, as far as it is kept, and how many bytes more there were. All of it is read: a client that is still sending
/// would not see the refusal.
async fn read(mut body: Incoming) -> Result<(Vec<u8>, usize), hyper::Error> {
    let (mut kept, mut dropped) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        let room = MAX_BODY.saturating_sub(kept.len()).min(data.len());
        kept.extend_from_slice(&data[..room]);
        dropped += data.len() - room;
        if dropped > MAX_DROPPED {
            break;
        }
    }
    Ok((kept, dropped))
}

#[expect(
    clippy::disallowed_methods,
    reason = "sockets, and scripts that ask for a late answer, live in real time"
)]
pub(crate) async fn pause(length: Duration) {
    tokio::time::sleep(length).await;
}

fn respond(response: Response) -> hyper::Response<AnswerBody> {
    let mut builder = hyper::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        builder = builder.header(name, value);
    }
    let length = response.body.len();
    let mut body = AnswerBody { whole: Full::new(Bytes::from(response.body)), cut: None };
    if response.cut {
        builder = builder.header("content-length", length);
        body.cut = Some(Cut::At(length / 2));
    }
    // Only a header with a control character in it could fail, which a script of faults may name.
    builder.body(body).unwrap_or_else(|_| {
        let mut plain = hyper::Response::new(AnswerBody::default());
        *plain.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
        plain
    })
}

/// A body in one piece, or its first half and then a broken connection.
#[derive(Debug, Default)]
pub(crate) struct AnswerBody {
    whole: Full<Bytes>,
    cut: Option<Cut>,
}

/// How far a body that is to be cut has come.
#[derive(Debug)]
enum Cut {
    /// Nothing was sent; so much is to be.
    At(usize),
    /// Handed over, and not yet on its way.
    Sending,
    /// On its way: now the connection breaks.
    Sent,
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Dropped;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Dropped>>> {
        let at = match self.cut {
            None => None,
            Some(Cut::At(at)) => Some(at),
            Some(Cut::Sending) => {
                // What was handed over is sent only when there is nothing more at the moment.
                self.cut = Some(Cut::Sent);
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Some(Cut::Sent) => return Poll::Ready(Some(Err(Dropped))),
        };
        let frame = ready!(Pin::new(&mut self.whole).poll_frame(context));
        let frame = frame.map(|frame| frame.unwrap_or_else(|never| match never {}));
        let Some(at) = at else { return Poll::Ready(frame.map(Ok)) };
        self.cut = Some(Cut::Sending);
        let half = frame.and_then(|frame| frame.into_data().ok());
        let half = half.map(|mut data| data.split_to(at.min(data.len())));
        Poll::Ready(Some(half.map(Frame::data).ok_or(Dropped)))
    }

    fn size_hint(&self) -> SizeHint {
        self.whole.size_hint()
    }

    fn is_end_stream(&self) -> bool {
        self.cut.is_none() && self.whole.is_end_stream()
    }
}
