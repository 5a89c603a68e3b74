//! What `version add` has to do to the files: where a version that a build has made stands, or goes, and who is to boot it.
//! Writes nothing. What it decides on is done when it has nothing left to decide of the new texts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::cli::commands::version_add::VersionAddArgs;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::version_document::{self, NewDocument, NewVersion};
use crate::cli::wanted_image::Image;
use crate::diag::{Code, Diagnostic, FileId, Files, Place, Report};
use crate::kinds::declared::declare;
use crate::kinds::decode::nearest;
use crate::kinds::image_reference::{self, Version};
use crate::kinds::origin::Origin;
use crate::kinds::scope::Scope;
use crate::model::address::Address;
use crate::model::resource_id::ResourceId;
use crate::spec::Spec;
use crate::spec::amend::{self, Addition, What, Written};
use crate::spec::document::Documents;
use crate::spec::node::{Node, NodeValue};

/// What is to be done.
#[derive(Debug)]
pub(crate) struct Publication {
    /// The version.
    pub(crate) address: Address,
    /// Where it stands already.
    pub(crate) stands: Option<Place>,
    /// Who is to boot it, and whether they do not yet.
    pub(crate) users: Vec<(String, bool)>,
    /// The texts that change, that with the version first.
    pub(crate) texts: Vec<Change>,
}

/// A file whose text changes.
#[derive(Debug)]
pub(crate) struct Change {
    /// Its name.
    pub(crate) name: String,
    /// Its text. `None`: it is new.
    pub(crate) before: Option<String>,
    /// Its text then.
    pub(crate) after: String,
    /// The file beside which a new one is made, or itself.
    pub(crate) like: String,
}

/// Looks at what was read, and decides.
pub(crate) fn decide(args: &VersionAddArgs, origin: &Origin, spec: &Spec) -> Result<Publication, Failure> {
    let header_is_wrong = || {
        Failure::new("the files have no stack that can be read")
            .hint("`validate` says what is wrong with it; nothing was written")
            .exit(Exit::SpecErrors)
    };
    let documents = spec.documents.as_ref().ok_or_else(header_is_wrong)?;
    // What is wrong with the files is told where they are checked.
    let stack = declare(documents.clone(), &mut Report::default()).ok_or_else(header_is_wrong)?;
    let scope = Scope::of(&stack, &mut Report::default());
    let image = Image::find(&args.image, &scope, documents)?;
    let mut deciding = Deciding {
        args,
        origin,
        files: &spec.files,
        documents,
        scope: &scope,
        image: &image,
        additions: BTreeMap::new(),
        order: Vec::new(),
    };
    if *origin.id() == deciding.id() {
        return Err(Failure::new(format!("{} cannot be made from itself", origin.id())));
    }
    let stands = deciding.standing()?;
    let beside = if stands.is_none() { deciding.place_version()? } else { None };
    let mut users = Vec::new();
    let mut seen = BTreeSet::new();
    for user in args.users.iter().filter(|user| seen.insert(user.as_str())) {
        users.push((user.clone(), deciding.place_use(user)?));
    }
    let address = Address::new("image-version", [image.identity.address.name(), args.image.version.as_str()]);
    let texts = deciding.texts(beside)?;
    Ok(Publication { address, stands, users, texts })
}

/// The errors of reading behind which a version may stand unseen.
pub(crate) fn hides_something(error: &Diagnostic) -> bool {
    matches!(
        error.code,
        Code::Unreadable
            | Code::NotUtf8
            | Code::TooLarge
            | Code::YamlSyntax
            | Code::YamlLimit
            | Code::DuplicateKey
            | Code::UnknownDocument
    )
}

struct Deciding<'a> {
    args: &'a VersionAddArgs,
    origin: &'a Origin,
    files: &'a Files,
    documents: &'a Documents,
    scope: &'a Scope<'a>,
    image: &'a Image<'a>,
    additions: BTreeMap<FileId, Vec<Addition>>,
    /// The files of the additions, as they came.
    order: Vec<FileId>,
}

impl<'a> Deciding<'a> {
    fn version(&self) -> &str {
        &self.args.image.version
    }

    fn id(&self) -> ResourceId {
        self.image.identity.id.child("versions", self.version())
    }

    /// Where the version stands with the source that it is to have. With another one it is refused.
    fn standing(&self) -> Result<Option<Place>, Failure> {
        let listed = self.image.node.get("versions").map(Node::elements).unwrap_or_default();
        let of_documents = self.documents.versions.iter().filter(|document| self.image.is_of(document));
        let mut all = listed.iter().chain(of_documents);
        let Some(node) = all.find(|node| node.get("version").and_then(Node::text) == Some(self.version()))
        else {
            return self.hidden().map_or(Ok(None), Err);
        };
        let place = node.entry("version").map_or(node.place, |entry| entry.key_place);
        let stands = format!(
            "version {} of {} stands in {}",
            self.version(),
            self.image.identity.address.name(),
            self.at(place)
        );
        if node.get("remove").and_then(Node::text) == Some("true") {
            return Err(Failure::new(format!("{stands} to be removed: `remove: true`"))
                .hint("take `remove` out there, or publish another number")
                .exit(Exit::Refused));
        }
        match node.get("source") {
            Some(source) if self.origin.is_in(source, self.scope) => Ok(Some(place)),
            other => {
                let other = other.map_or("none".to_owned(), |source| said(source, self.files));
                Err(Failure::new(format!("{stands} with another source: {other}"))
                    .hint("what a version holds never changes: publish another number")
                    .exit(Exit::Refused))
            }
        }
    }

    /// Why the version may stand there unseen: a variable that has no value may be its image, or its number.
    fn hidden(&self) -> Option<Failure> {
        let listed = self.image.node.get("versions").map(Node::elements).unwrap_or_default();
        let documents = self.documents.versions.iter();
        let images = documents.clone().filter_map(|document| document.get("image"));
        let of_image = documents.filter(|document| self.image.is_of(document));
        let numbers = listed.iter().chain(of_image).filter_map(|node| node.get("version"));
        let unknown = images.chain(numbers).find(|node| node.is_unfilled())?;
        let text = self.files.excerpt(unknown.place);
        let message =
            format!("a version stands in {} under {text}, which has no value", self.at(unknown.place));
        Some(
            Failure::new(message)
                .hint("give the variable its value, to know whether it is this one; nothing was written")
                .exit(Exit::SpecErrors),
        )
    }

    /// Decides where the version goes: where those of the image are, else where those of other images are.
    fn place_version(&mut self) -> Result<Option<NewDocument>, Failure> {
        let versions = &self.documents.versions;
        let listed = self.image.node.get("versions").is_some_and(|list| !list.elements().is_empty());
        let own = versions.iter().rfind(|document| self.image.is_of(document));
        let Some(like) = own.or_else(|| versions.last().filter(|_| !listed)) else {
            let number = ("version", Written::Text(self.version().to_owned()));
            let what = What::Element(Written::Map(vec![number, ("source", self.origin.written())]));
            self.add(self.image.node, "versions", what);
            return Ok(None);
        };
        let reference = own.and_then(|own| own.get("image")?.text()).unwrap_or(&self.image.reference);
        let new = NewVersion {
            image: self.image.identity.address.name(),
            number: self.version(),
            reference,
            source: self.origin.written(),
        };
        let file = like.place.file;
        let (beside, text) = (Path::new(self.files.name(file)), self.files.text(file));
        // A new file is read by the next run only where a folder was named.
        let is_named = self.args.spec.paths.iter().any(|given| given == beside);
        let is_alone = amend::count_documents(text) == 1;
        let name = if is_alone && !is_named { Some(new.free_name(beside, like)?) } else { None };
        Ok(Some(NewDocument { like: file, name, entries: new.entries() }))
    }

    /// Decides how a profile or a pool comes to boot the version; whether there is something to do for it.
    fn place_use(&mut self, user: &str) -> Result<bool, Failure> {
        let node = self.user(user)?;
        let reads = |node: &Node| {
            node.get("image")
                .and_then(|image| image_reference::resolve(image.text()?, image.place, self.scope).ok())
        };
        let now = reads(node);
        if let Some(image_reference::Image { version: Version::Pinned(pinned), .. }) = &now
            && pinned.id == self.id()
        {
            return Ok(false);
        }
        let written = node.entry("image").filter(|entry| is_inside(entry.key_place, node.place));
        let text = written.map(|entry| self.files.excerpt(entry.value.place)).unwrap_or_default();
        if text.contains("${") {
            let place = written.map_or(node.place, |entry| entry.key_place);
            return Err(Failure::new(format!(
                "the image of {user} is a variable in {}: {text}",
                self.at(place)
            ))
            .hint(format!("give the variable a value for {}@{}", self.image.reference, self.version()))
            .exit(Exit::Refused));
        }
        // Who writes the gallery before the image goes on to.
        let reference = now.filter(|now| now.definition.id == self.image.identity.id);
        let reference = reference.and_then(|_| node.get("image")?.text()?.split('@').next());
        let reference = reference.filter(|text| !text.starts_with('/')).unwrap_or(&self.image.reference);
        let what = What::Value(format!("{reference}@{}", self.version()));
        self.add(node, "image", what);
        Ok(true)
    }

    /// The map of a profile, or of a pool.
    fn user(&self, user: &str) -> Result<&'a Node, Failure> {
        if user.starts_with("pool/") {
            let pools = || self.scope.entries().filter(|(entry, _)| entry.kind.name() == "pool");
            let found = pools().find(|(_, pool)| pool.address.as_str().eq_ignore_ascii_case(user));
            let entries = self.documents.stack.get("pools").map(Node::elements).unwrap_or_default();
            let node =
                found.and_then(|(entry, _)| entries.iter().find(|node| node.place == entry.node.place));
            return node.ok_or_else(|| {
                let known = pools().map(|(_, pool)| pool.address.as_str());
                unknown("pool", user, nearest(user, known))
            });
        }
        let profiles = self.documents.stack.get("profiles").map(Node::entries).unwrap_or_default();
        let found = profiles.iter().find(|entry| entry.key == user).map(|entry| &entry.value);
        found.ok_or_else(|| {
            unknown("profile", user, nearest(user, profiles.iter().map(|entry| entry.key.as_str())))
        })
    }

    fn add(&mut self, map: &Node, key: &'static str, what: What) {
        let file = map.place.file;
        if !self.order.contains(&file) {
            self.order.push(file);
        }
        self.additions.entry(file).or_default().push(Addition { map: map.place.span, key, what });
    }

    /// The new texts.
    fn texts(&self, beside: Option<NewDocument>) -> Result<Vec<Change>, Failure> {
        let mut changes: Vec<Change> = Vec::new();
        for file in &self.order {
            let (name, text) = (self.files.name(*file), self.files.text(*file));
            let additions = self.additions.get(file).map(Vec::as_slice).unwrap_or_default();
            let after = amend::amend(text, additions).ok_or_else(|| not_sure(name))?;
            changes.push(Change {
                name: name.to_owned(),
                before: Some(text.to_owned()),
                after,
                like: name.to_owned(),
            });
        }
        let Some(NewDocument { like, name, entries }) = beside else { return Ok(changes) };
        let (other, text) = (self.files.name(like), self.files.text(like));
        let Some(path) = name else {
            let at = changes.iter().position(|change| change.name == other);
            let now = at.map_or(text, |at| changes[at].after.as_str());
            let after = amend::add_document(now, &entries).ok_or_else(|| not_sure(other))?;
            at.map(|at| changes.remove(at));
            let name = other.to_owned();
            changes.insert(0, Change { like: name.clone(), before: Some(text.to_owned()), after, name });
            return Ok(changes);
        };
        let after = version_document::text(text, &entries);
        changes.insert(
            0,
            Change { name: path.display().to_string(), before: None, after, like: other.to_owned() },
        );
        Ok(changes)
    }

    fn at(&self, place: Place) -> String {
        let position = self.files.position(place);
        format!("{}:{}:{}", self.files.name(place.file), position.line, position.column)
    }
}

fn unknown(what: &str, user: &str, near: Option<&str>) -> Failure {
    let failure = Failure::new(format!("the stack has no {what} `{user}`"));
    match near {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure.hint("name a profile, or a pool by its address: pool/ALIAS/ID"),
    }
}

fn is_inside(part: Place, whole: Place) -> bool {
    part.file == whole.file && (whole.span.start..whole.span.end).contains(&part.span.start)
}

fn not_sure(name: &str) -> Failure {
    Failure::new(format!(
        "there is no sure way to write it into {name}: an alias repeats the place, or a value has several lines"
    ))
    .hint("write it there by hand, and run this again; nothing was written")
}

/// A value as the files write it, on one line; what comes from the environment stays a variable.
fn said(node: &Node, files: &Files) -> String {
    match &node.value {
        NodeValue::Scalar(_) => files.excerpt(node.place).to_owned(),
        NodeValue::List(elements) => {
            let elements: Vec<String> = elements.iter().map(|element| said(element, files)).collect();
            format!("[{}]", elements.join(", "))
        }
        NodeValue::Map(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|entry| format!("{}: {}", entry.key, said(&entry.value, files))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}
