//! The files on nodes, and those of tasks among them: list, look at, read, remove.
//! Runs and stores nothing: what a run leaves are its folder and its two outputs, and these are empty.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::emulator::azure::batch::data_node::no_such_node;
use crate::emulator::azure::batch::data_plane::{collection, dialect, is_ahead, pool_of};
use crate::emulator::azure::batch::job_record::Job;
use crate::emulator::azure::batch::node_load::Loads;
use crate::emulator::azure::batch::pool_record::Pool;
use crate::emulator::azure::batch::task;
use crate::emulator::azure::batch::task_record::Task;
use crate::emulator::call::{Answer, Call, Failure, Result};
use crate::emulator::clock::Moment;
use crate::emulator::store::World;

/// The folders that every node has.
const FOLDERS: [&str; 6] = ["applications", "fsmounts", "shared", "startup", "volatile", "workitems"];
/// What a run leaves in its folder.
const OUTPUTS: [&str; 2] = ["stderr.txt", "stdout.txt"];
const MODE: &str = "0100644";

/// What there is, by path: a file with the moment it was made, or a folder.
type Files = BTreeMap<String, Option<Moment>>;

/// A place whose files are asked for: a node, or the folder of a task on one.
struct Place {
    pool: Pool,
    /// The node's number in its pool.
    number: u32,
    /// What is asked for lies below this path: empty, or ending in a slash.
    folder: String,
    /// What is there, by paths below that.
    files: Files,
    /// The segments of the request's path before that of the file.
    depth: usize,
}

impl Place {
    /// The place that the request's path names: `/pools/p/nodes/n/files…` or `/jobs/j/tasks/t/files…`.
    fn of(world: &World, call: &Call) -> Result<Place> {
        let depth = 5;
        if call.segments.first().is_some_and(|first| first.eq_ignore_ascii_case("pools")) {
            let pool = pool_of(world, call)?;
            let wanted = call.segments.get(3).map_or("", String::as_str);
            let (number, files) = on_node(world, &pool, call, wanted)?;
            return Ok(Place { pool, number, folder: String::new(), files, depth });
        }
        let (job, task) = task::task_of(world, call)?;
        let run = task.hidden.run.as_ref().filter(|run| run.started <= world.now);
        let seat = run.and_then(|run| Some((run.pool.clone(), run.seats.first()?.id.clone())));
        let Some((pool, node)) = seat else {
            let text = "The task files are unavailable: the task has not run on a compute node.";
            return Err(Failure::arm(404, "TaskFilesUnavailable", text));
        };
        let pool =
            Pool::find(world, &format!("{}/pools/{pool}", job.account_id())).ok_or_else(no_such_node)?;
        let (number, files) = on_node(world, &pool, call, &node)?;
        let folder = format!("{}/", folder_of(&job, &task));
        let below = files.into_iter();
        let files = below.filter_map(|(path, at)| Some((path.strip_prefix(&folder)?.to_owned(), at)));
        Ok(Place { files: files.collect(), pool, number, folder, depth })
    }

    /// The file that the request names.
    fn named(&self, call: &Call) -> Result<(String, Option<Moment>)> {
        let path = call.segments.get(self.depth..).unwrap_or_default().join("/");
        // Programs for Windows nodes write their paths so.
        let path = path.replace('\\', "/");
        let found = self.files.get(&path).copied();
        let missing = || Failure::arm(404, "FileNotFound", "The specified file does not exist.");
        found.map(|at| (path, at)).ok_or_else(missing)
    }
}

/// The number of the pool's node of that id, and everything on it.
fn on_node(world: &World, pool: &Pool, call: &Call, id: &str) -> Result<(u32, Files)> {
    let now = world.now;
    let body = json!({"startTask": pool.properties()["startTask"]});
    let loads = Loads::new();
    let shown = pool.of_nodes(&body, dialect(call), &call.base, &loads);
    let nodes = pool.hidden.fleet.nodes(now);
    let node = nodes.iter().find(|node| shown.node_id(node).eq_ignore_ascii_case(id));
    let node = node.ok_or_else(no_such_node)?;
    let mark = shown.mark(node);
    let mut files: Files = FOLDERS.iter().map(|folder| ((*folder).to_owned(), None)).collect();
    if body["startTask"].is_object() && !["creating", "starting"].contains(&shown.state_word(node, now)) {
        leave(&mut files, "startup", node.joined);
    }
    let anew = mark.and_then(|mark| mark.made_anew(now));
    for job in Job::all(world, pool.account_id()) {
        for task in Task::all(world, &job) {
            let Some(run) = task.hidden.run.as_ref().filter(|run| run.started <= now) else { continue };
            let here = run.seats.first().is_some_and(|seat| seat.id == shown.node_id(node));
            if here
                && run.pool.eq_ignore_ascii_case(pool.name())
                && anew.is_none_or(|anew| run.started > anew)
            {
                leave(&mut files, &folder_of(&job, &task), run.started);
            }
        }
    }
    if let Some(mark) = mark {
        let was_removed = |path: &str, made: Option<Moment>| {
            let gone =
                |(gone, at): (&String, &Moment)| is_within(path, gone) && made.is_none_or(|made| made <= *at);
            mark.removed.iter().any(gone)
        };
        files.retain(|path, made| !was_removed(path, *made));
    }
    Ok((node.number, files))
}

/// True for that path itself and all below it.
fn is_within(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What a run leaves in a folder, and the folders around it.
fn leave(files: &mut Files, folder: &str, at: Moment) {
    for (end, _) in folder.match_indices('/') {
        files.insert(folder[..end].to_owned(), None);
    }
    files.insert(folder.to_owned(), None);
    files.insert(format!("{folder}/wd"), None);
    for output in OUTPUTS {
        files.insert(format!("{folder}/{output}"), Some(at));
    }
}

/// Where a task runs on its node.
fn folder_of(job: &Job, task: &Task) -> String {
    format!("workitems/{}/job-1/{}", job.name(), task.name())
}

pub(crate) fn list(world: &mut World, call: &Call) -> Result<Answer> {
    let place = Place::of(world, call)?;
    let all = call.query("recursive").is_some_and(|recursive| recursive.eq_ignore_ascii_case("true"));
    let listed = place.files.iter().filter(|(path, _)| all || !path.contains('/'));
    let ahead = listed.filter(|(path, _)| is_ahead(call, path));
    let rows = ahead.map(|(path, at)| {
        let mut row = json!({
            "name": path,
            "url": call.link(&format!("{}/{path}", call.path)),
            "isDirectory": at.is_none(),
        });
        if let Some(at) = at {
            // The service says this length as text, and no time of creation of files on Linux.
            row["properties"] = json!({
                "lastModified": at.rfc3339(), "contentLength": "0", "contentType": "text/plain", "fileMode": MODE,
            });
        }
        (path.clone(), row)
    });
    collection(call, rows.collect::<Vec<(String, Value)>>().into_iter())
}

/// What `HEAD` tells of a file or a folder.
pub(crate) fn properties(world: &mut World, call: &Call) -> Result<Answer> {
    let (_, at) = Place::of(world, call)?.named(call)?;
    let answer = Answer::empty(200)
        .with("ocp-batch-file-isdirectory", if at.is_none() { "True" } else { "False" })
        .with("ocp-batch-file-url", call.link(&call.path));
    Ok(match at {
        Some(at) => answer
            .with("last-modified", at.http_date())
            .with("ocp-batch-file-mode", MODE)
            .with("content-type", "text/plain"),
        None => answer,
    })
}

/// The content of a file: nothing, as nothing wrote to it.
pub(crate) fn read(world: &mut World, call: &Call) -> Result<Answer> {
    let answer = properties(world, call)?;
    let is_folder =
        answer.headers.iter().any(|(name, value)| name.ends_with("isdirectory") && value == "True");
    if is_folder {
        let text = "The specified operation is not valid for a directory.";
        return Err(Failure::arm(400, "OperationInvalidForCurrentState", text));
    }
    Ok(answer)
}

pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Answer> {
    let place = Place::of(world, call)?;
    let (path, _) = place.named(call)?;
    let all = call.query("recursive").is_some_and(|recursive| recursive.eq_ignore_ascii_case("true"));
    if !all && place.files.keys().any(|other| *other != path && is_within(other, &path)) {
        return Err(Failure::arm(409, "DirectoryNotEmpty", "The specified directory is not empty."));
    }
    let mut pool = place.pool;
    let mark = pool.hidden.marks.entry(place.number).or_default();
    mark.removed.insert(format!("{}{path}", place.folder), world.now);
    pool.keep(world);
    Ok(Answer::empty(200))
}
