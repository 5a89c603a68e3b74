//! What `import` writes asks for exactly what is there: for every spec, for cases as data, and as users run it.
//!
//! `tests/import/<case>/live.json` holds what was asked for and the bodies that Azure has; `said.txt` is what is told, and every
//! other file is one that is written. `POOLWRIGHT_BLESS=1` writes them anew.

use std::path::Path;

use poolwright::import::{Imported, Wishes, import};
use poolwright::kinds::PLANNING;
use poolwright::kinds::header::ACCOUNT_API;
use poolwright::model::plan::Action;
use poolwright::model::resource_id::ResourceId;
use poolwright::model::snapshot::Live;
use poolwright::observe::whole::{Wanted, with_all_inside};
use poolwright::plan::Goal;

use crate::converge::{settle, specs};
use crate::plan_cases::{folders, hold};
use crate::rehearsal::{Asked, Rehearsal, ask, ask_texts, read_json, repository, shown};
use crate::support::Workplace;

/// The galleries and accounts of a stack.
fn roots(asked: &Asked) -> Vec<Wanted> {
    let gallery = PLANNING.iter().find(|kind| kind.name() == "gallery").expect("a kind");
    let account = "Microsoft.Batch/batchAccounts";
    let galleries = asked.graph.desired.values().map(|desired| &desired.id);
    let galleries = galleries.filter(|id| id.is_type(gallery.azure_type()));
    let galleries = galleries.map(|id| (id, gallery.api_version()));
    let own = asked.graph.desired.values().map(|desired| &desired.id);
    let accounts = asked.graph.referenced.values().map(|referenced| &referenced.id).chain(own);
    let accounts = accounts.filter(|id| id.is_type(account)).map(|id| (id, ACCOUNT_API));
    let wanted = galleries.chain(accounts);
    wanted
        .map(|(id, api_version)| Wanted { id: id.clone(), api_version, what: "root", whole: true })
        .collect()
}

fn texts(imported: &Imported) -> Vec<(String, String)> {
    imported.documents.iter().map(|document| (document.name.clone(), document.text.clone())).collect()
}

#[tokio::test(start_paused = true)]
async fn what_every_spec_has_made_is_imported_into_another_stack_with_nothing_to_do() {
    for path in specs() {
        let rehearsal = Rehearsal::new(&[path.with_extension("seed.json")]);
        let asked = ask(std::slice::from_ref(&path));
        settle(&rehearsal, &asked).await;
        let wanted = roots(&asked);
        let roots = wanted.iter().map(|wanted| wanted.id.clone()).collect();
        let lives =
            with_all_inside(wanted, PLANNING, &rehearsal.read().await).await.expect("all is readable");
        let wishes = Wishes { name: Some("taken".to_owned()), split: true, roots, ..Wishes::default() };
        let imported = import(&lives, &wishes).expect("there is something");
        assert_eq!(imported, import(&lives, &wishes).expect("the same again"));
        assert_eq!(imported.skipped, Vec::<String>::new(), "{}", path.display());
        let taken = ask_texts(&texts(&imported));
        let plan = rehearsal.plan(&taken, Goal::Apply).await;
        assert!(plan.is_empty(), "{}\n{}", shown(&plan, &taken.files), imported.documents[0].text);
        assert_eq!(plan.errors(), 0, "{}", shown(&plan, &taken.files));
        let kinds = ["gallery", "image-definition", "image-version", "pool"];
        let of_kinds = asked.graph.desired.keys().filter(|address| kinds.contains(&address.kind())).count();
        assert!(plan.count(Action::Nothing) >= of_kinds, "{}", shown(&plan, &taken.files));
        assert_eq!(rehearsal.writes(), [], "importing writes nothing");
    }
}

#[test]
fn live_bodies_come_to_files() {
    let mut wrong = Vec::new();
    let cases = folders(&repository("tests/import"));
    assert!(cases.len() >= 2, "{cases:?}");
    for case in cases {
        let said = read_json(&case.join("live.json"));
        let id =
            |value: &serde_json::Value| ResourceId::parse(value.as_str().expect("an id")).expect("an id");
        let list = |key: &str| said[key].as_array().cloned().unwrap_or_default();
        let lives = list("live").into_iter().map(|body| Live { id: id(&body["id"]), body, companion: None });
        let lives: Vec<Live> = lives.collect();
        let roots = list("roots").iter().map(id).collect();
        let imported =
            import(&lives, &Wishes { split: true, roots, ..Wishes::default() }).expect("there is something");
        for document in &imported.documents {
            wrong.extend(hold(&case.join(&document.name), &document.text));
        }
        let told: String =
            imported.warnings.iter().chain(&imported.skipped).flat_map(|line| [line, "\n"]).collect();
        wrong.extend(hold(&case.join("said.txt"), &told));
        is_complete(&case, &imported);
        // It is right, and what is secret in Azure's answers is in none of it.
        ask_texts(&texts(&imported));
        let all: String = imported.documents.iter().map(|document| document.text.as_str()).collect();
        assert!(!all.contains("canary") && !told.contains("canary"), "{}", case.display());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// No file stands there that is not written.
fn is_complete(case: &Path, imported: &Imported) {
    let entries = std::fs::read_dir(case).expect("the case is there").flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let known = |name: &str| imported.documents.iter().any(|document| document.name == name);
    let odd: Vec<String> =
        names.filter(|name| !known(name) && name != "live.json" && name != "said.txt").collect();
    assert_eq!(odd, Vec::<String>::new(), "{}", case.display());
}

const GROUP: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers";

#[test]
fn users_get_files_and_no_file_is_lost() {
    let workplace = Workplace::with_specs();
    let applied = workplace.poolwright(&["apply", "--emulator", "--yes", "specs/quickstart.yaml"]);
    assert_eq!(applied.code, Some(0), "{applied:#?}");
    let gallery = format!("{GROUP}/Microsoft.Compute/galleries/quickstartGallery");
    let account = format!("{GROUP}/Microsoft.Batch/batchAccounts/mybatch");
    let import = |more: &[&str]| {
        let arguments = ["import", "--emulator", "--gallery", &gallery, "--name", "taken"];
        workplace.poolwright(&[&arguments, more].concat())
    };

    let said = import(&["--account", &account, "--out", "taken"]);
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert_eq!(said.stdout, "taken/stack.yaml\ntaken/ubuntu.yaml\n");
    let plan = workplace.poolwright(&["plan", "--emulator", "--detailed-exitcode", "taken"]);
    assert_eq!(plan.code, Some(0), "{plan:#?}");

    // One file is in the way: neither is written.
    std::fs::remove_file(workplace.path("taken/ubuntu.yaml")).expect("it is there");
    workplace.write("taken/stack.yaml", "mine");
    let said = import(&["--account", &account, "--out", "taken"]);
    assert_eq!(said.code, Some(4), "{said:#?}");
    assert_eq!(workplace.read("taken/stack.yaml"), "mine");
    assert!(!workplace.path("taken/ubuntu.yaml").exists());

    // A folder is one stack, whatever its files are called.
    std::fs::create_dir_all(workplace.path("other/deep")).expect("a folder");
    workplace.write("other/deep/access.yaml", "apiVersion: poolwright/v1\nkind: Stack\n");
    workplace.write("other/compose.yaml", "services: {}\n");
    let said = import(&["--out", "other"]);
    assert_eq!(said.code, Some(4), "{said:#?}");
    assert!(said.stderr.contains("other/deep/access.yaml is of another stack"), "{said:#?}");
    assert!(!workplace.path("other/stack.yaml").exists());
    std::fs::remove_dir_all(workplace.path("other/deep")).expect("it is there");
    assert_eq!(import(&["--out", "other"]).code, Some(0));

    let said = import(&["--out", "elsewhere"]);
    assert_eq!(said.code, Some(0), "{said:#?}");
    let said = workplace.poolwright(&["import", "--emulator", "--pool", &gallery]);
    assert!(said.code == Some(1) && said.stderr.contains("is no pool"), "{said:#?}");
    workplace.write("file", "mine");
    let said = import(&["--out", "file"]);
    assert!(said.code == Some(1) && said.stderr.contains("cannot make the folder file"), "{said:#?}");
    // The stack of this name owns more: some of it would be deleted, and some is in the way of that.
    let pool = format!("{account}/pools/quickstart");
    let said = workplace.poolwright(&["import", "--emulator", "--pool", &pool]);
    assert!(said.code == Some(1) && said.stderr.contains("owns more than what is imported"), "{said:#?}");
    let said = import(&["--pool", &format!("{account}/pools/none")]);
    assert!(said.code == Some(1) && said.stderr.contains("it does not exist"), "{said:#?}");
}
