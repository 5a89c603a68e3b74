//! Stopping a run from outside: once to finish what is in flight, twice to stop at once.
//! Hears no signals itself: `cli` presses the switch.

use tokio::sync::watch;

/// How far a run has been asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Go,
    Finish,
    Stop,
}

/// The side that stops a run.
#[derive(Debug)]
pub struct CancelSwitch(watch::Sender<Level>);

/// The side that is stopped. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Cancel(watch::Receiver<Level>);

/// A switch and what it stops.
pub fn cancel() -> (CancelSwitch, Cancel) {
    let (sender, receiver) = watch::channel(Level::Go);
    (CancelSwitch(sender), Cancel(receiver))
}

impl CancelSwitch {
    /// Asks to stop: the first time once the requests in flight are answered, any further time at once.
    pub fn press(&self) {
        self.0.send_modify(|level| {
            *level = match level {
                Level::Go => Level::Finish,
                Level::Finish | Level::Stop => Level::Stop,
            };
        });
    }
}

impl Cancel {
    /// Whether the run has been asked to stop, in whichever way.
    pub fn is_stopping(&self) -> bool {
        *self.0.borrow() >= Level::Finish
    }

    /// Returns when the run is asked to stop; never, if nobody ever does.
    pub async fn stopping(&self) {
        self.reaches(Level::Finish).await;
    }

    /// Returns when the run is to stop at once; never, if nobody ever says so.
    pub async fn stopped(&self) {
        self.reaches(Level::Stop).await;
    }

    async fn reaches(&self, wanted: Level) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|level| *level >= wanted).await.is_err() {
            // The switch is gone, so nobody can press it any more.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn once_is_stopping_and_twice_is_stopped() {
        let (switch, cancel) = cancel();
        assert!(!cancel.is_stopping());
        switch.press();
        assert!(cancel.is_stopping());
        cancel.stopping().await;
        switch.press();
        cancel.stopped().await;
    }
}
