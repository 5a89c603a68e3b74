//! How many requests a second the emulator answers with 5,000 pools and 5,000 versions in its state, and in how much
//! memory: `cargo bench --bench emulator`. In process (no sockets), and over TLS on loopback from the same process.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark looks at the clock, and prints"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use poolwright::emulator::server::{Server, serve};
use poolwright::emulator::wire::Request;
use poolwright::emulator::{Emulator, IN_PROCESS_BASE, Settings, clock, seed, sign_in};
use reqwest::{Certificate, Client};
use serde_json::{Value, json};
use tokio::task::JoinSet;

const COUNT: usize = 5_000;
const GROUP: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1";
const ACCOUNT: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers/Microsoft.Batch/batchAccounts/mybatch";
const IMAGE: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers/Microsoft.Compute/galleries/many/images/ubuntu";

fn version(number: usize) -> String {
    format!("{IMAGE}/versions/1.0.{number}?api-version=2024-03-03")
}

fn pool(number: usize) -> String {
    format!("{ACCOUNT}/pools/pool-{number}?api-version=2025-06-01")
}

fn pool_body(number: usize, nodes: u32) -> Value {
    json!({"properties": {
        "vmSize": "STANDARD_D2S_V3",
        "deploymentConfiguration": {"virtualMachineConfiguration": {
            "imageReference": {"id": format!("{IMAGE}/versions/1.0.{number}")},
            "nodeAgentSkuId": "batch.node.ubuntu 24.04",
        }},
        "scaleSettings": {"fixedScale": {"targetDedicatedNodes": nodes}},
        "metadata": [{"name": "owner", "value": "bench"}],
    }})
}

fn seed() -> Value {
    let mut resources = vec![
        json!({"id": IMAGE.trim_end_matches("/images/ubuntu"), "location": "eastus"}),
        json!({"id": IMAGE, "location": "eastus", "properties": {"osType": "Linux", "osState": "Generalized", "hyperVGeneration": "V2",
            "identifier": {"publisher": "contoso", "offer": "many", "sku": "ubuntu"}}}),
    ];
    resources.extend((0..COUNT).map(|number| {
        json!({"id": format!("{IMAGE}/versions/1.0.{number}"), "location": "eastus", "properties": {
            "publishingProfile": {"targetRegions": [{"name": "eastus", "regionalReplicaCount": 1}]},
            "storageProfile": {"source": {"id": format!("{GROUP}/providers/Microsoft.Compute/images/img1")}}}})
    }));
    resources.extend((0..COUNT).map(|number| {
        let mut pool = pool_body(number, 1);
        pool["id"] = json!(format!("{ACCOUNT}/pools/pool-{number}"));
        pool
    }));
    json!({"resources": resources})
}

/// Prints how often something was done in a second.
fn report(what: &str, count: usize, took: Duration) {
    #[expect(clippy::cast_precision_loss, reason = "a rate need not be exact")]
    let rate = count as f64 / took.as_secs_f64();
    println!("{what:<58} {count:>6} in {:>7.3} s {rate:>9.0} a second", took.as_secs_f64());
}

fn ask(emulator: &Emulator, method: &str, path: &str, body: Option<&Value>) -> Value {
    let mut request =
        Request { method: method.into(), url: format!("{IN_PROCESS_BASE}{path}"), ..Request::default() };
    let token = sign_in::token_for(IN_PROCESS_BASE);
    request.headers.push(("authorization".into(), format!("Bearer {token}")));
    request.body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
    let response = emulator.handle(&request).expect("no fault is set");
    assert!(response.status < 300, "{method} {path}: {} {}", response.status, response.json());
    response.json()
}

/// All pages of a list; tells how many entries there were.
fn list(emulator: &Emulator, path: &str) -> usize {
    let mut next = path.to_owned();
    let mut entries = 0;
    loop {
        let page = ask(emulator, "GET", &next, None);
        entries += page["value"].as_array().map_or(0, Vec::len);
        match page["nextLink"].as_str() {
            Some(link) => next = link.replace(IN_PROCESS_BASE, ""),
            None => return entries,
        }
    }
}

fn in_process(emulator: &Emulator) {
    let many = |what: &str, count: usize, act: &dyn Fn(usize)| {
        let begun = Instant::now();
        (0..count).for_each(act);
        report(what, count, begun.elapsed());
    };
    let expand = |number| format!("{}&$expand=ReplicationStatus", version(number));
    many("in process: GET of a pool", COUNT, &|number| drop(ask(emulator, "GET", &pool(number), None)));
    many("in process: GET of a version with its replication", COUNT, &|number| {
        drop(ask(emulator, "GET", &expand(number), None));
    });
    many("in process: PATCH of a pool's metadata", COUNT, &|number| {
        let body = json!({"properties": {"metadata": [{"name": "n", "value": number.to_string()}]}});
        drop(ask(emulator, "PATCH", &pool(number), Some(&body)));
    });
    many("in process: PUT of a new pool", 500, &|number| {
        drop(ask(emulator, "PUT", &pool(COUNT + number), Some(&pool_body(number, 1))));
    });
    for (what, path) in [
        ("in process: all pools, a page of 100 a request", format!("{ACCOUNT}/pools?api-version=2025-06-01")),
        (
            "in process: all versions, a page of 100 a request",
            format!("{IMAGE}/versions?api-version=2024-03-03"),
        ),
    ] {
        let begun = Instant::now();
        let entries = list(emulator, &path);
        report(what, entries, begun.elapsed());
    }
}

async fn over_tls(server: &Server) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let roots = [Certificate::from_pem(server.ca_pem().as_bytes()).expect("a certificate")];
    let http = Client::builder().tls_certs_only(roots).no_proxy().build().expect("a client");
    let token = sign_in::token_for(server.url());
    let get = |number: usize| {
        let request = http.get(format!("{}{}", server.url(), pool(number % COUNT))).bearer_auth(&token);
        async move {
            let answer = request.send().await.expect("it answers");
            assert_eq!(answer.status().as_u16(), 200);
            answer.bytes().await.expect("a body");
        }
    };
    let begun = Instant::now();
    for number in 0..COUNT {
        get(number).await;
    }
    report("over TLS: GET of a pool, one after another", COUNT, begun.elapsed());
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for number in 0..2 * COUNT {
        if running.len() >= 32 {
            running.join_next().await;
        }
        running.spawn(get(number));
    }
    running.join_all().await;
    report("over TLS: GET of a pool, 32 at a time", 2 * COUNT, begun.elapsed());
}

/// The most memory this process has had, as the system tells it.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or("unknown here".to_owned(), |text| text.trim().to_owned())
}

fn settings(folder: &Path) -> Settings {
    Settings {
        clock: clock::Mode::Auto { scale: 180.0 },
        state: Some(folder.to_owned()),
        seed: seed::Seed { default: true, files: vec![seed()] },
        ..Settings::default()
    }
}

#[tokio::main]
async fn main() {
    let folder = std::env::temp_dir().join(format!("poolwright-bench-{}", std::process::id()));
    let begun = Instant::now();
    let emulator = Emulator::new(settings(&folder)).expect("the seed is right");
    println!(
        "{COUNT} pools and {COUNT} versions planted and stored in {:.3} s",
        begun.elapsed().as_secs_f64()
    );
    in_process(&emulator);
    println!("peak memory before the client comes: {}", peak_memory());
    let server = serve(&emulator, ([127, 0, 0, 1], 0).into(), &folder).await.expect("it can be served");
    over_tls(&server).await;
    println!("peak memory with the client in the same process: {}", peak_memory());
    server.stop().await;
    drop(emulator);
    let begun = Instant::now();
    drop(Emulator::new(settings(&folder)).expect("the state is right"));
    println!("read again from disk in {:.3} s", begun.elapsed().as_secs_f64());
    std::fs::remove_dir_all(&folder).expect("it can be removed");
}
