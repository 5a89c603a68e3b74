//! What the sizing model promises.

use super::*;

const MINUTE: i64 = 60_000;

fn at(minutes: i64) -> Moment {
    Moment(Moment::START.0 + minutes * MINUTE)
}

fn order(dedicated: u32, timeout_minutes: i64) -> Order {
    Order {
        target: Counts { dedicated, low_priority: 0 },
        timeout: timeout_minutes * MINUTE,
        deallocation: Deallocation::Requeue,
    }
}

fn replicas(count: u32) -> Supply {
    Supply { replicas: Some(count), ..Supply::default() }
}

/// Codes of the errors, nodes reached, and minutes until steady.
fn outcome(nodes: u32, timeout: i64, supply: &Supply) -> (Vec<String>, u32, i64) {
    let mut fleet = Fleet::default();
    fleet.resize(at(0), order(nodes, timeout), supply);
    let ends = fleet.last.as_ref().unwrap().ends;
    let codes = fleet.errors(ends).iter().map(|error| error.code.clone()).collect();
    (codes, fleet.counts(ends).dedicated, (ends.0 - at(0).0 + MINUTE - 1) / MINUTE)
}

#[test]
fn two_nodes_are_there_after_four_minutes() {
    let mut fleet = Fleet::default();
    fleet.resize(at(0), order(2, 15), &replicas(1));
    assert_eq!(fleet.state(at(1), at(0)).0, State::Resizing);
    assert_eq!(fleet.counts(at(3)).dedicated, 0);
    assert_eq!(fleet.counts(Moment(at(3).0 + 30_000)).dedicated, 1);
    assert_eq!(fleet.counts(at(4)).dedicated, 2);
    assert_eq!(fleet.state(at(4), at(0)), (State::Steady, at(4)));
}

#[test]
fn the_documented_replicas_and_timeouts_are_enough() {
    assert_eq!(outcome(300, 15, &replicas(1)), (vec![], 300, 12));
    assert_eq!(outcome(1_000, 15, &replicas(4)), (vec![], 1_000, 10));
    assert_eq!(outcome(2_000, 30, &replicas(7)), (vec![], 2_000, 17));
    assert_eq!(outcome(3_000, 45, &replicas(10)), (vec![], 3_000, 24));
}

#[test]
fn too_few_replicas_time_out_half_done() {
    let (codes, nodes, minutes) = outcome(3_000, 45, &replicas(1));
    assert_eq!((codes, minutes), (vec!["AllocationTimedOut".to_owned()], 45));
    assert!((1_000..2_000).contains(&nodes), "{nodes}");
}

#[test]
fn errors_stay_until_the_next_resize_and_are_not_told_before_the_end() {
    let mut fleet = Fleet::default();
    let refusal = Some(ResizeError::new("AllocationFailed", "no"));
    fleet.resize(at(0), order(2, 15), &Supply { refusal, ..Supply::default() });
    assert!(fleet.errors(at(0)).is_empty());
    assert_eq!(fleet.errors(at(60))[0].code, "AllocationFailed");
    fleet.resize(at(60), order(2, 15), &replicas(1));
    assert!(fleet.errors(at(61)).is_empty());
    assert!(fleet.errors(at(90)).is_empty());
}

#[test]
fn a_ceiling_is_reached_and_told() {
    let ceiling = Ceiling { nodes: 3, error: ResizeError::new("AccountCoreQuotaReached", "full") };
    let supply = Supply { dedicated: Some(ceiling), ..Supply::default() };
    let (codes, nodes, _) = outcome(5, 15, &supply);
    assert_eq!((codes, nodes), (vec!["AccountCoreQuotaReached".to_owned()], 3));
}

#[test]
fn a_shrink_takes_the_newest_and_keeps_the_numbers_of_the_rest() {
    let mut fleet = Fleet::default();
    fleet.resize(at(0), order(4, 15), &replicas(1));
    fleet.resize(at(10), order(1, 15), &replicas(1));
    assert_eq!(fleet.nodes(at(10)).iter().filter(|node| node.leaving.is_some()).count(), 3);
    assert_eq!(fleet.counts(at(10)).dedicated, 4);
    let left = fleet.nodes(at(12));
    assert_eq!(left.iter().map(|node| node.number).collect::<Vec<_>>(), [0]);
    fleet.resize(at(12), order(2, 15), &replicas(1));
    assert_eq!(fleet.nodes(at(20)).iter().map(|node| node.number).collect::<Vec<_>>(), [0, 4]);
}

#[test]
fn a_single_node_can_be_taken_out_of_the_middle() {
    let mut fleet = Fleet::default();
    fleet.resize(at(0), order(3, 15), &replicas(1));
    let joined: Vec<Moment> = fleet.nodes(at(10)).iter().map(|node| node.joined).collect();
    fleet.remove(at(10), &[1], order(2, 15));
    assert!(!fleet.is_steady(at(10)));
    let left = fleet.nodes(at(12));
    assert_eq!(left.iter().map(|node| node.number).collect::<Vec<_>>(), [0, 2]);
    assert_eq!(left[1].joined, joined[2]);
}

#[test]
fn a_stopped_resize_keeps_what_came() {
    let mut fleet = Fleet::default();
    fleet.resize(at(0), order(300, 30), &replicas(1));
    fleet.stop(at(5));
    assert_eq!(fleet.state(at(5), at(0)).0, State::Stopping);
    assert_eq!(fleet.counts(at(20)).dedicated, 72);
    assert_eq!(fleet.errors(at(20))[0].code, "ResizeStopped");
}

#[test]
fn both_kinds_grow_one_after_the_other() {
    let mut fleet = Fleet::default();
    let target = Counts { dedicated: 1, low_priority: 3 };
    fleet.resize(at(0), Order { target, ..order(0, 15) }, &replicas(1));
    assert_eq!(fleet.counts(Moment(at(3).0 + 15_000)), Counts { dedicated: 1, low_priority: 0 });
    assert_eq!(fleet.counts(at(4)), target);
}
