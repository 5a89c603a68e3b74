//! How many files a second are validated, and what each rule takes of it: `cargo bench --bench validate`.
//! Shows also how each rule's time grows from 5,000 pools to 20,000: one that is linear shows about 4, one that is quadratic 16.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark looks at the clock, and prints"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use poolwright::desired::desired;
use poolwright::diag::Report;
use poolwright::kinds::declared::{Stack, declare};
use poolwright::lint::subject::Subject;
use poolwright::lint::{lint, rules};
use poolwright::spec::{self, interpolate::Variables};

const HEADER: &str = "apiVersion: poolwright/v1\nkind: Stack\nname: many\nsubscription: 11111111-1111-1111-1111-111111111111\nresourceGroup: rg\nlocation: eastus\n\
    accounts: { main: { name: mybatch, location: eastus } }\ngalleries: [{ name: g }]\n";

/// An image with so many versions.
fn image(versions: usize) -> String {
    let mut text = "images:\n  - name: ubuntu\n    osType: Linux\n    osState: Generalized\n    hyperVGeneration: V2\n    identifier: { publisher: p, offer: o, sku: s }\n\
        \x20   targetRegions: [{ name: eastus, regionalReplicaCount: auto }]\n    versions:\n"
        .to_owned();
    for number in 0..versions {
        let source = "{ managedImage: /subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.Compute/images/i }";
        let _ = writeln!(text, "      - {{ version: 1.0.{number}, source: {source} }}");
    }
    text
}

/// A pool that keeps the rules, or breaks a good many of them.
fn pool(number: usize, image: &str, right: bool) -> String {
    let rest = if right {
        "    vmSize: Standard_D4ds_v5\n    nodeAgentSkuId: batch.node.ubuntu 24.04\n    scaleSettings: { fixedScale: { targetDedicatedNodes: 2 } }\n"
    } else {
        "    vmSize: Standard_A1_v2\n    nodeAgentSkuId: batch.node.ubuntu 18.04\n    scaleSettings: { fixedScale: { targetDedicatedNodes: 4000, resizeTimeout: PT1M } }\n\
         \x20   interNodeCommunication: Enabled\n    windowsConfiguration: { enableAutomaticUpdates: true }\n"
    };
    format!("  - id: pool-{number}\n    account: main\n    image: {image}\n{rest}")
}

/// One file with so many pools, and as many versions where each pool boots its own or any of them.
fn one_file(pools: usize, sort: Sort) -> String {
    let versions = if sort == Sort::Right { 1 } else { pools };
    let mut text = format!("{HEADER}{}pools:\n", image(versions));
    for number in 0..pools {
        text.push_str(&match sort {
            Sort::Right => pool(number, "ubuntu@1.0.0", true),
            Sort::Wrong => pool(number, &format!("ubuntu@1.0.{number}"), false),
            Sort::Open => pool(number, "ubuntu", true),
        });
    }
    text
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// All boot one version, and keep the rules.
    Right,
    /// Each boots its own version, and breaks rules.
    Wrong,
    /// Each may boot any of the versions.
    Open,
}

fn read(texts: &[(String, String)]) -> Stack {
    let variables = Variables { given: BTreeMap::new(), environment: &|_| None };
    let mut report = Report::default();
    let spec = spec::read_texts(texts, &variables, &mut report);
    let stack = spec.documents.and_then(|documents| declare(documents, &mut report));
    assert!(!report.has_errors(), "{:#?}", report.iter().next());
    stack.expect("a text without errors has a stack")
}

/// All that `validate` does after the files are read.
fn validate(texts: &[(String, String)]) -> usize {
    let stack = read(texts);
    let mut report = Report::default();
    lint(&Subject::of(&stack, Some("2026-11-25".to_owned()), None), false, &mut report);
    drop(desired(&stack, &mut report));
    report.sorted().iter().count()
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    let done = work();
    (done, begun.elapsed())
}

#[expect(clippy::cast_precision_loss, reason = "a rate need not be exact")]
fn report(what: &str, count: usize, took: Duration) {
    let (seconds, rate) = (took.as_secs_f64(), count as f64 / took.as_secs_f64());
    println!("{what:<58} {count:>6} in {seconds:>7.3} s {rate:>9.0} a second");
}

/// What each rule takes, by its code.
fn rules_take(pools: usize, sort: Sort) -> BTreeMap<&'static str, Duration> {
    let stack = read(&[("many.yaml".to_owned(), one_file(pools, sort))]);
    let subject = Subject::of(&stack, Some("2026-11-25".to_owned()), None);
    let each = rules::ALL.iter().map(|rule| {
        let runs = (0..3).map(|_| timed(|| (rule.check)(&subject, &mut Vec::new())).1);
        (rule.code.0, runs.min().unwrap_or_default())
    });
    each.collect()
}

fn main() {
    // cargo runs benchmarks with `--bench`; `cargo test` would not, and shall not.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let files: Vec<(String, String)> =
        std::iter::once(("stack.yaml".to_owned(), format!("{HEADER}{}", image(1))))
            .chain((1..1_000).map(|number| {
                let text = format!(
                    "apiVersion: poolwright/v1\nkind: Stack\npools:\n{}",
                    pool(number, "ubuntu@1.0.0", true)
                );
                (format!("pool-{number}.yaml"), text)
            }))
            .collect();
    let (_, took) = timed(|| validate(&files));
    report("files of one pool each", files.len(), took);
    for sort in [Sort::Right, Sort::Wrong, Sort::Open] {
        let text = one_file(10_000, sort);
        let size = text.len() / 1024;
        let (found, took) = timed(|| validate(&[("many.yaml".to_owned(), text)]));
        report(&format!("pools in one file of {size} KiB ({sort:?}, {found} shown)"), 10_000, took);
    }
    for sort in [Sort::Right, Sort::Wrong, Sort::Open] {
        let (few, many) = (rules_take(5_000, sort), rules_take(20_000, sort));
        let all: Duration = many.values().sum();
        println!(
            "\nrules over 20,000 pools ({sort:?}): {:.1} ms together; the slowest, and their growth from 5,000 pools",
            all.as_secs_f64() * 1e3
        );
        let mut slowest: Vec<_> = many.iter().collect();
        slowest.sort_by_key(|(_, took)| std::cmp::Reverse(**took));
        for (code, took) in slowest.into_iter().take(6) {
            let growth = took.as_secs_f64() / few.get(code).map_or(f64::NAN, Duration::as_secs_f64);
            println!("  {code:<50} {:>9.2} ms  x {growth:.1}", took.as_secs_f64() * 1e3);
        }
    }
}
