//! Runs the program as a user would, in a folder and an environment of its own.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_poolwright");

/// A path below the root of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A folder that a test has for itself, and the environment in which it runs things there: nothing but what is named
/// here, so that no setting and no credential of the machine is seen.
pub(crate) struct Workplace {
    folder: TempDir,
}

/// What a process said and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// `None`: a signal ended it.
    pub(crate) code: Option<i32>,
}

impl Workplace {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder can be made") }
    }

    /// One with a copy of `specs/`, as in a fresh clone.
    pub(crate) fn with_specs() -> Self {
        let workplace = Self::new();
        let specs = workplace.folder.path().join("specs");
        std::fs::create_dir(&specs).expect("a folder can be made");
        let entries = std::fs::read_dir(repository("specs")).expect("specs/ is there").flatten();
        for entry in entries.filter(|entry| entry.path().is_file()) {
            std::fs::copy(entry.path(), specs.join(entry.file_name())).expect("a spec can be copied");
        }
        workplace
    }

    /// A path in its folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What is in its folder, hidden files too, by name.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).expect("the folder is there").flatten();
        let mut names: Vec<String> =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// A file with a text, which may be written again.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("a file can be written");
    }

    /// The text of a file.
    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("the file is there")
    }

    /// Runs the program.
    pub(crate) fn poolwright(&self, arguments: &[&str]) -> Said {
        self.run(Command::new(PROGRAM).args(arguments))
    }

    /// Runs the program where nothing can be written into the folder. Nothing is read-only to root, who runs it as nobody.
    pub(crate) fn in_read_only_folder(&self, arguments: &[&str]) -> Said {
        const NOBODY: u32 = 65534;
        let folder = self.folder.path();
        let mode = |mode| std::fs::set_permissions(folder, std::fs::Permissions::from_mode(mode));
        let is_root = std::fs::metadata(folder).expect("the folder is there").uid() == 0;
        // Nobody may not be let into the folder in which the program was built.
        let program = tempfile::tempdir().expect("a temporary folder can be made");
        let copy = program.path().join("poolwright");
        let mut command = Command::new(PROGRAM);
        if is_root {
            std::fs::copy(PROGRAM, &copy).expect("the program can be copied");
            std::fs::set_permissions(program.path(), std::fs::Permissions::from_mode(0o755))
                .expect("it can be opened");
            command = Command::new(copy);
            command.uid(NOBODY).gid(NOBODY);
        }
        mode(0o555).expect("permissions can be set");
        let said = self.run(command.args(arguments));
        mode(0o755).expect("permissions can be set");
        said
    }

    /// Runs a script.
    pub(crate) fn sh(&self, script: &str) -> Said {
        self.run(Command::new("sh").args(["-eu", "-c", script]))
    }

    /// Starts the program and kills it, without a chance to tidy up, as soon as a line of its talk has these words.
    pub(crate) fn kill_at(&self, words: &str, arguments: &[&str]) {
        let mut command = Command::new(PROGRAM);
        let mut child =
            self.at_home(command.args(arguments)).stderr(Stdio::piped()).spawn().expect("it can be started");
        let talk = BufReader::new(child.stderr.take().expect("it is piped"));
        let found = talk.lines().map_while(Result::ok).any(|line| line.contains(words));
        child.kill().expect("it can be killed");
        child.wait().expect("it can be waited for");
        assert!(found, "it never said {words:?}");
    }

    fn run(&self, command: &mut Command) -> Said {
        let output = self.at_home(command).output().expect("it can be started");
        let Output { status, stdout, stderr } = output;
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
        Said { stdout: text(stdout), stderr: text(stderr), code: status.code() }
    }

    fn at_home<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        let path = std::env::var_os("PATH").unwrap_or_default();
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.folder.path())
            .env("COLUMNS", "100")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
    }
}
