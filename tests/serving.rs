//! The emulator as a process: what clients over real sockets see, and what is left when it is killed.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use reqwest::{Certificate, Client, Method};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{PROGRAM, Workplace};

const S1: &str = "/subscriptions/00000000-0000-0000-0000-000000000001";
const GROUPS: &str = "api-version=2021-04-01";

/// A running emulator.
struct Served {
    process: Child,
    client: SignedIn,
}

/// A client that trusts it and has signed in.
#[derive(Clone)]
struct SignedIn {
    url: String,
    http: Client,
    token: String,
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl Served {
    async fn start(state: &Path, more: &[&str]) -> Self {
        let mut process = Command::new(PROGRAM)
            .args(["emulator", "--state"])
            .arg(state)
            .args(more)
            .env_clear()
            .stdout(Stdio::piped())
            .spawn()
            .expect("it can be started");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("it is piped"))
            .read_line(&mut line)
            .expect("it says where it is");
        let told: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
        let [url, ca, tenant] = ["url", "ca", "tenant"].map(|name| told[name].as_str().expect("a text"));
        let _ = rustls::crypto::ring::default_provider().install_default();
        let pem = std::fs::read(ca).expect("the authority's certificate is there");
        let roots = [Certificate::from_pem(&pem).expect("a certificate")];
        let http = Client::builder().tls_certs_only(roots).no_proxy().build().expect("a client");
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "00000000-0000-0000-0000-0000000000cc"),
            ("client_secret", "canary-secret"),
            ("scope", &format!("{url}/.default")),
        ];
        let body = form.map(|(name, value)| format!("{name}={}", value.replace(':', "%3A"))).join("&");
        let request = http
            .post(format!("{url}/{tenant}/oauth2/v2.0/token"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        let signed_in: Value = request.send().await.expect("it answers").json().await.expect("JSON");
        let token = signed_in["access_token"].as_str().unwrap_or_else(|| panic!("{signed_in}")).to_owned();
        Self { process, client: SignedIn { url: url.to_owned(), http, token } }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> reqwest::Result<(u16, Value)> {
        self.client.ask(method, path, body).await
    }
}

impl SignedIn {
    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> reqwest::Result<(u16, Value)> {
        let mut request = self.http.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.body(body.to_string()).header("content-type", "application/json");
        }
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await?;
        Ok((status, serde_json::from_slice(&bytes).unwrap_or_default()))
    }
}

#[tokio::test]
async fn what_was_answered_outlives_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let group = |number: usize| format!("{S1}/resourceGroups/g{number}?{GROUPS}");
    let mut answered = Vec::new();
    for round in 0..3 {
        let mut served = Served::start(folder.path(), &[]).await;
        for number in &answered {
            let (status, _) = served.ask(Method::GET, &group(*number), None).await.expect("it answers");
            assert_eq!(status, 200, "group {number} is lost");
        }
        let mut puts = JoinSet::new();
        for number in round * 40..(round + 1) * 40 {
            let (client, path) = (served.client.clone(), group(number));
            puts.spawn(async move {
                let put = client.ask(Method::PUT, &path, Some(json!({"location": "eastus"}))).await;
                // The client may see the connection break: then nothing was answered.
                put.ok().filter(|(status, _)| *status == 201).map(|_| number)
            });
        }
        for _ in 0..25 {
            answered.extend(puts.join_next().await.and_then(|put| put.expect("no task panics")));
        }
        served.process.kill().expect("it can be killed");
        while let Some(put) = puts.join_next().await {
            answered.extend(put.expect("no task panics"));
        }
    }
    assert!(answered.len() >= 75, "{answered:?}");
}

#[tokio::test]
async fn faults_come_over_the_wire_and_recordings_hold_no_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("faults.json");
    let recording = folder.path().join("exchanges.jsonl");
    let on = |number: usize| json!({"path": format!("*/resourceGroups/g{number}")});
    let faults = json!({"faults": [
        {"on": on(1), "do": {"reset": "afterCommit"}},
        {"on": on(2), "do": "truncate"},
        {"on": on(3), "do": {"answer": {"status": 429, "retryAfter": 3}}},
    ]});
    std::fs::write(&script, faults.to_string()).expect("it can be written");
    let [script, recording] = [script, recording].map(|path| path.to_string_lossy().into_owned());
    let state = folder.path().join("state");
    let served = Served::start(&state, &["--faults", &script, "--record", &recording]).await;
    let put = async |number: usize| {
        let path = format!("{S1}/resourceGroups/g{number}?{GROUPS}");
        served.ask(Method::PUT, &path, Some(json!({"location": "eastus"}))).await
    };
    assert!(put(1).await.is_err(), "the connection is reset");
    assert_eq!(put(1).await.expect("it answers").0, 200, "it was there already");
    assert!(put(2).await.is_err(), "the answer is cut");
    assert_eq!(put(3).await.expect("it answers").0, 429);
    assert_eq!(put(3).await.expect("it answers").0, 201);
    let (_, clock) = served.ask(Method::GET, "/_emulator/clock", None).await.expect("it answers");
    assert!(clock["now"].is_string(), "{clock}");
    let recorded = std::fs::read_to_string(&recording).expect("it is there");
    let lines: Vec<Value> =
        recorded.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    assert_eq!(lines.iter().filter(|line| line["fault"] == true).count(), 3);
    assert!(lines.iter().any(|line| line["status"] == 201 && line["requestBody"]["location"] == "eastus"));
    assert!(!recorded.contains("canary") && !recorded.contains(&served.client.token), "{recorded}");
}

#[tokio::test]
async fn a_manual_clock_stands_until_it_is_moved_and_an_empty_world_holds_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let served = Served::start(folder.path(), &["--clock", "manual", "--empty"]).await;
    let now = async |method, body| {
        served.ask(method, "/_emulator/clock", body).await.expect("it answers").1["now"].clone()
    };
    assert_eq!(now(Method::GET, None).await, "2026-01-01T00:00:00.0000000Z");
    let moved = now(Method::POST, Some(json!({"advance": "PT5M"}))).await;
    assert_eq!(moved, "2026-01-01T00:05:00.0000000Z");
    let groups = served.ask(Method::GET, &format!("{S1}/resourcegroups?{GROUPS}"), None).await;
    assert_eq!(groups.expect("it answers").1["value"], json!([]));
    drop(served);
    let again = Served::start(folder.path(), &["--clock", "manual"]).await;
    let (_, clock) = again.ask(Method::GET, "/_emulator/clock", None).await.expect("it answers");
    assert_eq!(clock["now"], moved, "time that was moved stays so");
}

#[test]
fn wrong_calls_are_told_apart() {
    let workplace = Workplace::new();
    for (arguments, words) in [
        (&["--listen", "0.0.0.0:0"][..], "loopback"),
        (&["--faults", "nowhere.json"], "cannot use nowhere.json"),
        (&["--record", "nowhere/x.jsonl"], "cannot record to nowhere/x.jsonl"),
        (&["--clock", "manual", "--time-scale", "3"], "--time-scale"),
        (&["--env", "--state", "nowhere"], "no emulator is running with its state in nowhere"),
        (&["--empty", "--seed", "x.json"], "cannot be used with"),
    ] {
        let said = workplace.poolwright(&[&["emulator"], arguments].concat());
        assert!(said.code == Some(1) && said.stderr.contains(words), "{arguments:?}: {said:#?}");
    }
    let shells = workplace.sh(&format!(
        "'{PROGRAM}' emulator --state 'a state' > line & eval \"$('{PROGRAM}' emulator --env --state 'a state')\"; \
         kill $!; wait $! || true; echo \"$AZURE_AUTHORITY_HOST $AZURE_BATCH_ACCOUNT\"; cat \"$SSL_CERT_FILE\""
    ));
    assert_eq!(shells.code, Some(0), "{shells:#?}");
    assert!(shells.stdout.starts_with("https://127.0.0.1:"), "{shells:#?}");
    assert!(shells.stdout.contains(" mybatch\n-----BEGIN CERTIFICATE-----"), "{shells:#?}");
}
