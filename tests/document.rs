//! `specs/document/`: the pools of the document's three programs. What poolwright sends for each stands beside what the program
//! sends, comes to the same pool, and is imported. `POOLWRIGHT_BLESS=1` writes what poolwright sends anew.

use std::collections::BTreeSet;

use poolwright::azure::write::{Condition, Write};
use poolwright::import::{Wishes, import};
use poolwright::kinds::PLANNING;
use poolwright::kinds::header::ACCOUNT_API;
use poolwright::model::plan::Action;
use poolwright::model::request::{Method, Plane, Request};
use poolwright::observe::whole::{Wanted, with_all_inside};
use poolwright::plan::Goal;
use serde_json::{Value, json};

use crate::converge::settle;
use crate::plan_cases::hold;
use crate::rehearsal::{Rehearsal, ask, ask_texts, read_json, repository, shown};

/// The programs, with the api-version that each was written for.
const PROGRAMS: [(&str, &str); 3] =
    [("az", "2024-02-01.19.0"), ("csharp", "2024-07-01.20.0"), ("python", "2020-09-01.12.0")];

const SEED: &str = "specs/document/seed.json";

/// What a program sends.
fn sent_by(program: &str, api_version: &str) -> Value {
    let request = read_json(&repository(&format!("specs/document/{program}.sent.json")));
    assert_eq!(request["url"], format!("/pools?api-version={api_version}"));
    assert_eq!(request["method"], "POST");
    request["body"].clone()
}

/// Sends it to the Batch service, as the program does.
async fn post_pool(write: &Write, api_version: &'static str, body: Value) {
    let request = Request {
        method: Method::Post,
        plane: Plane::Batch { endpoint: "127.0.0.1:8443".to_owned() },
        path: "/pools".to_owned(),
        api_version,
        query: Vec::new(),
        body: None,
    };
    let sent = write.send(&request.with_body(body), &Condition::Always, None).await;
    sent.unwrap_or_else(|error| panic!("{}", error.chain()));
}

#[tokio::test(start_paused = true)]
async fn what_poolwright_sends_stands_beside_what_each_program_sends() {
    let rehearsal = Rehearsal::new(&[repository(SEED)]);
    settle(&rehearsal, &ask(&[repository("specs/document")])).await;
    let heard = rehearsal.heard.sent.lock().expect("no test panics while it holds this").clone();
    let mut wrong = Vec::new();
    for (program, api_version) in PROGRAMS {
        let id = sent_by(program, api_version)["id"].as_str().expect("a name").to_owned();
        let (url, body) = heard
            .iter()
            .filter_map(|text| text.split_once(' '))
            .find(|(url, _)| url.contains(&format!("/pools/{id}?")))
            .unwrap_or_else(|| panic!("nothing was sent for {id}"));
        let path = &url[url.find("/subscriptions/").expect("a path")..];
        let body: Value = serde_json::from_str(body).expect("JSON");
        let ours = json!({ "method": "PUT", "url": path, "body": body });
        let text = serde_json::to_string_pretty(&ours).expect("JSON can be written") + "\n";
        wrong.extend(hold(&repository(&format!("specs/document/{program}.ours.json")), &text));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A service in which the programs have made their pools.
async fn with_the_programs_pools() -> Rehearsal {
    let rehearsal = Rehearsal::unrecorded(vec![read_json(&repository(SEED))]);
    settle(&rehearsal, &ask(&[repository("specs/document/stack.yaml")])).await;
    let write = Write::new(rehearsal.client(None).await);
    for (program, api_version) in PROGRAMS {
        post_pool(&write, api_version, sent_by(program, api_version)).await;
    }
    tokio::time::sleep(std::time::Duration::from_mins(15)).await;
    rehearsal
}

#[tokio::test(start_paused = true)]
async fn there_is_nothing_to_do_for_the_pools_that_the_programs_made() {
    let rehearsal = with_the_programs_pools().await;
    let whole = ask(&[repository("specs/document")]);
    let plan = rehearsal.plan(&whole, Goal::Apply).await;
    assert!(plan.is_empty(), "{}", shown(&plan, &whole.files));
}

#[tokio::test(start_paused = true)]
async fn what_the_programs_made_is_imported_with_nothing_to_do() {
    let rehearsal = with_the_programs_pools().await;
    let stack = ask(&[repository("specs/document/stack.yaml")]);
    let account = &stack.graph.referenced.values().next().expect("the account").id;
    let account = Wanted { id: account.clone(), api_version: ACCOUNT_API, what: "account", whole: true };
    let roots = vec![account.id.clone()];
    let lives = with_all_inside(vec![account], PLANNING, &rehearsal.read().await).await;
    let wishes = Wishes { name: Some("taken".to_owned()), roots, ..Wishes::default() };
    let imported = import(&lives.expect("all is readable"), &wishes).expect("there are pools");
    assert_eq!((&imported.warnings, &imported.skipped), (&Vec::new(), &Vec::new()));
    let texts = imported.documents.into_iter().map(|document| (document.name, document.text));
    let taken = ask_texts(&texts.collect::<Vec<_>>());
    let plan = rehearsal.plan(&taken, Goal::Apply).await;
    assert!(plan.is_empty() && plan.errors() == 0, "{}", shown(&plan, &taken.files));
    let pools = plan.resources.iter().filter_map(|planned| planned.address.name().rsplit('/').next());
    let wanted = PROGRAMS.map(|(program, api_version)| sent_by(program, api_version)["id"].clone());
    let wanted = wanted.iter().filter_map(Value::as_str);
    assert_eq!(pools.collect::<BTreeSet<_>>(), wanted.collect());
}

#[tokio::test(start_paused = true)]
async fn the_documents_own_words_leave_the_start_task_without_its_rights() {
    let rehearsal = Rehearsal::unrecorded(vec![read_json(&repository(SEED))]);
    settle(&rehearsal, &ask(&[repository("specs/document/stack.yaml")])).await;
    let write = Write::new(rehearsal.client(None).await);
    let (program, api_version) = PROGRAMS[2];
    let mut body = sent_by(program, api_version);
    body["startTask"].as_object_mut().expect("a start task").remove("userIdentity");
    post_pool(&write, api_version, body).await;
    tokio::time::sleep(std::time::Duration::from_mins(15)).await;
    let python = ["stack", "python"].map(|name| repository(&format!("specs/document/{name}.yaml")));
    let asked = ask(&python);
    let plan = rehearsal.plan(&asked, Goal::Apply).await;
    let pool = plan.resources.iter().find(|planned| planned.address.kind() == "pool").expect("a pool");
    let changes: Vec<String> = pool.changes.iter().map(|change| change.property.clone()).collect();
    let wanted = ["elevationLevel", "scope"].map(|name| format!("startTask.userIdentity.autoUser.{name}"));
    assert_eq!((pool.action, changes), (Action::Blocked, wanted.to_vec()), "{}", shown(&plan, &asked.files));
}
