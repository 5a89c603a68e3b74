//! Apply may die at any request, before or after Azure has done what it was asked: the next apply goes on from what is
//! there, and ends as if nothing had happened.

use poolwright::plan::Goal;
use poolwright::plan::agreed::beyond;

use crate::converge::{quickstart, settle};
use crate::rehearsal::{Kill, Rehearsal, ask_text, shown};

#[tokio::test(start_paused = true)]
async fn a_killed_quickstart_is_carried_on_from_every_request() {
    let asked = ask_text(&quickstart());
    let agreed = Rehearsal::new(&[]).plan(&asked, Goal::Apply).await;
    let undisturbed = {
        let rehearsal = Rehearsal::new(&[]);
        settle(&rehearsal, &asked).await;
        rehearsal.state()
    };
    let mut killed = 0;
    for after_commit in [false, true] {
        for at in 1.. {
            let rehearsal = Rehearsal::new(&[]);
            let kill = Kill::at(at, after_commit);
            if rehearsal.apply_until(&asked, &kill).await.is_some() {
                assert!(at > 20, "the quickstart sends more than {at} requests");
                break;
            }
            killed += 1;
            let (plan, outcome) = rehearsal.apply(&asked, Goal::Apply).await;
            let words = || {
                format!(
                    "killed at request {at}, after its commit: {after_commit}\n{}",
                    shown(&plan, &asked.files)
                )
            };
            assert!(outcome.is_complete(), "{}{outcome:#?}", words());
            assert_eq!(beyond(&agreed, &plan), Vec::<String>::new(), "{}", words());
            let again = rehearsal.plan(&asked, Goal::Apply).await;
            assert!(again.is_empty(), "{}then:\n{}", words(), shown(&again, &asked.files));
            assert_eq!(rehearsal.state(), undisturbed, "{}", words());
        }
    }
    assert!(killed > 60, "{killed}");
}
