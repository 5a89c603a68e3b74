//! `version add`: writes a version that a build has made into the files, all of it or nothing.

use std::path::Path;

use clap::{Args, Subcommand};

use crate::cli::args::inputs::{Format, SpecArgs};
use crate::cli::args::values::resource_id;
use crate::cli::context::Environment;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::publication::{Change, Publication, decide, hides_something};
use crate::cli::rewrite::{NewText, rewrite_all};
use crate::cli::stages::Input;
use crate::cli::terminal::Terminal;
use crate::cli::wanted_image::{NumberedImage, numbered_image};
use crate::diag::fresh::fresh;
use crate::diag::{Diagnostic, Files, Place, Report, Severity};
use crate::kinds::origin::Origin;
use crate::model::resource_id::ResourceId;
use crate::render::diag_human;
use crate::render::version_json::{Added, added};
use crate::spec::Spec;

/// Arguments of `version`.
#[derive(Debug, Args)]
pub(crate) struct VersionArgs {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: VersionCommand,
}

/// What can be done to the versions that the files hold.
#[derive(Debug, Subcommand)]
pub(crate) enum VersionCommand {
    /// Write a version that a build has made into the files, and let pools boot it.
    ///
    /// Comments and layout stay as they are. The same call again changes nothing; a version that stands there with another source
    /// is refused.
    Add(VersionAddArgs),
}

/// Arguments of `version add`.
#[derive(Debug, Args)]
pub(crate) struct VersionAddArgs {
    /// Which files.
    #[command(flatten)]
    pub(crate) spec: SpecArgs,
    /// The image, with its gallery where two have one of that name, and the version: ubuntu@1.2.3 or renders/ubuntu@1.2.3.
    #[arg(value_name = "IMAGE@VERSION", value_parser = numbered_image)]
    pub(crate) image: NumberedImage,
    /// The resource id of what it is made from: a managed image, an image version, a disk snapshot, a managed disk or a virtual machine.
    #[arg(long, value_name = "ID", value_parser = resource_id)]
    pub(crate) source: ResourceId,
    /// Let a profile, or a pool such as pool/main/render, boot the version; may be given more than once.
    #[arg(long = "use-in", value_name = "PROFILE")]
    pub(crate) users: Vec<String>,
    /// The form of what is printed.
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Format,
}

pub(crate) fn run(
    args: &VersionArgs,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let VersionCommand::Add(args) = &args.command;
    let origin = Origin::of(args.source.clone()).ok_or_else(|| {
        Failure::new(format!("no version is made from what {} is", args.source)).hint(
            "name a managed image, an image version, a disk snapshot, a managed disk or a virtual machine by its resource id",
        )
    })?;
    let input = Input::new(&args.spec, environment)?;
    let (spec, read) = input.read();
    let hidden = read.iter().filter(|found| hides_something(found)).cloned().collect();
    stop_at(hidden, &spec.files, terminal, "the files cannot be read whole")?;

    let publication = decide(args, &origin, &spec)?;
    if let (Some(place), []) = (publication.stands, publication.texts.as_slice()) {
        return tell(args, &publication, place, &spec.files);
    }
    let texts = texts_with(&spec, &publication.texts);
    let (after, _) = input.read_texts(&texts);
    let again = decide(args, &origin, &after)?;
    let (Some(place), []) = (again.stands, again.texts.as_slice()) else {
        return Err(Failure::new("the new files would not say what was asked for")
            .hint("this is a fault of poolwright; nothing was written"));
    };
    let (before, after) = (input.check_texts(&texts_with(&spec, &[])), input.check_texts(&texts));
    let (found, _) = fresh((&before.report, &before.files), (&after.report, &after.files));
    let errors = found.into_iter().filter(|found| found.severity == Severity::Error).collect();
    stop_at(errors, &after.files, terminal, "the files would have errors that they do not have yet")?;
    write(&publication.texts)?;
    tell(args, &publication, place, &after.files)
}

/// Shows these errors and ends, if there are any.
fn stop_at(errors: Vec<Diagnostic>, files: &Files, terminal: &Terminal, why: &str) -> Result<(), Failure> {
    if errors.is_empty() {
        return Ok(());
    }
    let mut report = Report::default();
    for error in errors {
        report.push(error);
    }
    Terminal::say(&diag_human::report(&report.sorted(), files, terminal.width, terminal.talk_paint));
    Err(Failure::new(format!("{why}; nothing was written")).exit(Exit::SpecErrors))
}

/// The texts that were read, with these changes.
fn texts_with(spec: &Spec, changes: &[Change]) -> Vec<(String, String)> {
    let read = spec.loaded.iter().map(|file| {
        let name = spec.files.name(*file);
        let then = changes.iter().find(|change| change.name == name).map(|change| change.after.as_str());
        (name.to_owned(), then.unwrap_or_else(|| spec.files.text(*file)).to_owned())
    });
    let new = changes.iter().filter(|change| change.before.is_none());
    read.chain(new.map(|change| (change.name.clone(), change.after.clone()))).collect()
}

fn write(changes: &[Change]) -> Result<(), Failure> {
    let texts: Vec<NewText<'_>> = changes
        .iter()
        .map(|Change { name, before, after, like }| NewText {
            path: Path::new(name),
            before: before.as_deref(),
            after,
            like: Path::new(like),
        })
        .collect();
    rewrite_all(&texts).map_err(|(path, error)| {
        Failure::of(&format!("cannot write {}", path.display()), &error).hint("no file was changed")
    })
}

/// Says what was done; `place` is where the version stands now.
fn tell(
    args: &VersionAddArgs,
    publication: &Publication,
    place: Place,
    files: &Files,
) -> Result<Exit, Failure> {
    let Publication { address, stands, users, texts } = publication;
    if args.format == Format::Json {
        let written: Vec<(&str, bool)> =
            texts.iter().map(|change| (change.name.as_str(), change.before.is_none())).collect();
        let users: Vec<(&str, bool)> = users.iter().map(|(user, is_new)| (user.as_str(), *is_new)).collect();
        let source = &args.source.to_string();
        let done =
            Added { address: address.as_str(), source, place, files, written: &written, users: &users };
        Terminal::print(&added(&done).map_err(|error| Failure::of("cannot print what was done", &error))?);
        return Ok(Exit::Done);
    }
    let position = files.position(place);
    let at = format!("{}:{}:{}", files.name(place.file), position.line, position.column);
    Terminal::print(&match stands {
        Some(_) => format!("{address} stands in {at}\n"),
        None => format!("added {address} in {at}\n"),
    });
    for (user, is_new) in users {
        let boots = if *is_new { "boots it now" } else { "boots it already" };
        Terminal::print(&format!("{user} {boots}\n"));
    }
    if texts.is_empty() {
        Terminal::say("nothing to do\n");
    }
    Ok(Exit::Done)
}
