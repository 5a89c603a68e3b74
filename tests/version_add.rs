//! `version add` on files of every layout, as data: `tests/version_add/<case>/` holds the files `before`, the `arguments`, the files
//! `after` where they change, and what is `said`, with the exit code. `POOLWRIGHT_BLESS=1` writes the last two anew.
//!
//! Each case is run with line ends of Unix and of Windows, and what was done once is not done again.

use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use crate::plan_cases::{blessing, folders, hold, read};
use crate::support::{Said, Workplace, repository};

/// The files below a folder: each path in it, and the text.
type Tree = BTreeMap<String, String>;

fn tree(folder: &Path) -> Tree {
    fn search(folder: &Path, name: &str, found: &mut Tree) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = format!("{name}{}", entry.file_name().to_string_lossy());
            if path.is_dir() {
                search(&path, &format!("{name}/"), found);
            } else {
                found.insert(name, read(&path));
            }
        }
    }
    let mut found = Tree::new();
    search(folder, "", &mut found);
    found
}

fn plant(files: &Tree, folder: &Path) {
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("it can be made");
        std::fs::write(path, text).expect("it can be written");
    }
}

fn of_windows(files: &Tree) -> Tree {
    files.iter().map(|(name, text)| (name.clone(), text.replace('\n', "\r\n"))).collect()
}

/// Runs the command on these files: what it said, and the files then.
fn run(files: &Tree, arguments: &str) -> (Said, Tree) {
    let workplace = Workplace::new();
    plant(files, &workplace.path(""));
    let arguments: Vec<&str> = ["version", "add"].into_iter().chain(arguments.split_whitespace()).collect();
    (workplace.poolwright(&arguments), tree(&workplace.path("")))
}

fn case(case: &Path) -> Vec<String> {
    let name = case.display();
    let before = tree(&case.join("before"));
    let arguments = read(&case.join("arguments"));
    let (said, after) = run(&before, &arguments);
    let code = said.code.expect("no signal ended it");
    let text = format!("exit {code}\n--- stdout\n{}--- stderr\n{}", said.stdout, said.stderr);
    let mut wrong: Vec<String> = hold(&case.join("said"), &text).into_iter().collect();
    let folder = case.join("after");
    if blessing() && after != before {
        if folder.is_dir() {
            std::fs::remove_dir_all(&folder).expect("it can be removed");
        }
        plant(&after, &folder);
    }
    let expected = if folder.is_dir() { tree(&folder) } else { before.clone() };
    if after != expected {
        wrong.push(format!("{name}: the files are {after:#?}"));
    }
    if code != 0 && after != before {
        wrong.push(format!("{name}: it failed, and something was written"));
    }
    let (on_windows, after_on_windows) = run(&of_windows(&before), &arguments);
    if on_windows.code != said.code || after_on_windows != of_windows(&expected) {
        wrong.push(format!("{name}: with line ends of Windows {on_windows:#?} {after_on_windows:#?}"));
    }
    if code == 0 {
        let (again, unchanged) = run(&expected, &arguments);
        if again.code != Some(0)
            || unchanged != expected
            || !again.stderr.contains("nothing to do") && !arguments.contains("json")
        {
            wrong.push(format!("{name}: again {again:#?} {unchanged:#?}"));
        }
    }
    wrong
}

#[test]
fn every_case_is_written_as_it_says() {
    let cases = folders(&repository("tests/version_add"));
    assert!(cases.len() >= 30, "{}", cases.len());
    let wrong: Vec<String> = cases.iter().flat_map(|path| case(path)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const IMAGES: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers/Microsoft.Compute/images";

#[test]
fn links_and_permissions_stay_and_the_same_call_again_touches_nothing() {
    let workplace = Workplace::with_specs();
    let real = workplace.path("specs/quickstart.yaml");
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o604)).expect("permissions can be set");
    symlink("specs/quickstart.yaml", workplace.path("link.yaml")).expect("a link can be made");
    let source = format!("{IMAGES}/img2");
    let add = || workplace.poolwright(&["version", "add", "link.yaml", "ubuntu@1.1.0", "--source", &source]);
    let said = add();
    assert!(
        said.code == Some(0) && said.stdout.starts_with("added image-version/quickstartGallery/"),
        "{said:#?}"
    );
    let metadata = std::fs::metadata(&real).expect("the file is there");
    assert_eq!(metadata.permissions().mode() & 0o777, 0o604);
    assert!(workplace.path("link.yaml").is_symlink());
    let again = add();
    assert_eq!((again.code, again.stderr.as_str()), (Some(0), "nothing to do\n"), "{again:#?}");
    let untouched = std::fs::metadata(&real).expect("the file is there");
    assert_eq!((untouched.ino(), untouched.mtime_nsec()), (metadata.ino(), metadata.mtime_nsec()));
    assert_eq!(workplace.names(), ["link.yaml", "specs"]);
}

#[test]
fn what_cannot_be_written_leaves_every_file_as_it_was() {
    for (case, paths) in
        [("list", "stack.yaml"), ("list-in-folder", "specs"), ("documents-and-pools", "specs")]
    {
        let before = tree(&repository("tests/version_add").join(case).join("before"));
        let workplace = Workplace::new();
        // All in the folder that becomes read-only.
        let flat: Tree = before
            .iter()
            .map(|(name, text)| (name.rsplit('/').next().unwrap_or(name).to_owned(), text.clone()))
            .collect();
        plant(&flat, &workplace.path(""));
        let source = format!("{IMAGES}/two");
        let path = if paths == "specs" { "." } else { paths };
        let arguments = ["version", "add", path, "ubuntu@1.1.0", "--source", &source, "--use-in", "render"];
        let is_whole = |said: &Said| {
            assert_eq!(said.code, Some(1), "{case}: {said:#?}");
            assert!(said.stderr.starts_with("error: cannot write "), "{case}: {said:#?}");
            assert_eq!(tree(&workplace.path("")), flat, "{case}");
        };
        is_whole(&workplace.in_read_only_folder(&arguments));
        // No file may grow: as on a full disk.
        let typed = arguments.join(" ");
        is_whole(&workplace.sh(&format!("trap '' XFSZ; ulimit -f 0; '{}' {typed}", crate::support::PROGRAM)));
        let said = workplace.poolwright(&arguments);
        assert_eq!(said.code, Some(0), "{case}: {said:#?}");
    }
}
