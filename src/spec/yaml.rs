//! Text to nodes. The only file that names the YAML crate.
//! Resolves anchors, aliases and merge keys; gives no scalar a type; reports what it can and never panics.

use std::collections::BTreeMap;

use serde_yaml::granit_parser::{Event, Options, Parser, ScalarStyle, Span as YamlSpan};

use crate::diag::{Code, Diagnostic, FileId, Files, Place, Report, Span};
use crate::spec::comments::is_addressed;
use crate::spec::node::{Entry, Node, NodeValue, Scalar, weight_of_text};

/// How deep a document may be nested. Azure's own bodies are less than 12 deep.
const MOST_DEEP: usize = 64;

/// How much weight aliases may add. A stack of 10,000 pools that share an anchor of 40 properties is below it.
const MOST_ALIASED: usize = 1_000_000;

/// What a file holds.
#[derive(Default)]
pub(super) struct Text {
    /// Its documents.
    pub(super) documents: Vec<Node>,
    /// The comments that speak to poolwright, from their `#` on.
    pub(super) comments: Vec<Place>,
}

/// The documents of a file. Whatever follows the first syntax error is not read.
pub(super) fn documents(file: FileId, files: &Files, report: &mut Report) -> Vec<Node> {
    text(file, files, report).documents
}

/// The documents of a file, with its comments.
pub(super) fn text(file: FileId, files: &Files, report: &mut Report) -> Text {
    let text = files.text(file);
    if let Some(at) = text.find('\0') {
        let place = place_at(file, text, at, at + 1);
        report.push(
            Diagnostic::error(Code::YamlSyntax, place, "the file holds a NUL byte")
                .help("save the file as UTF-8 text; UTF-16 is not read"),
        );
        return Text::default();
    }
    let mut options = Options::default();
    options.emit_unresolved_aliases = true;
    // A file is bounded, and so are its comments.
    options.max_buffered_comment_events = usize::MAX;
    let mut builder = Builder {
        file,
        text,
        report,
        anchors: BTreeMap::new(),
        aliased: 0,
        open: Vec::new(),
        done: Vec::new(),
        comments: Vec::new(),
    };
    // The parser skips a byte order mark and counts its bytes.
    for next in Parser::new_from_str_with_options(text, options) {
        match next {
            Ok((event, span)) => {
                if builder.event(event, span).is_err() {
                    return builder.finish();
                }
            }
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
                let place = place_at(file, text, at, at + 1);
                // The parser's own limit on `[[[[…`, which it meets before the nodes are counted here.
                builder.report.push(if error.info().contains("recursion limit") {
                    Diagnostic::error(Code::YamlLimit, place, "the document is nested too deeply")
                } else {
                    Diagnostic::error(Code::YamlSyntax, place, format!("this is not YAML: {}", error.info()))
                        .help("the cause may stand a little before this place, often in the indentation")
                });
                return builder.finish();
            }
        }
    }
    builder.finish()
}

/// Reading stops here; why is in the report.
struct Stop;

struct Builder<'a> {
    file: FileId,
    text: &'a str,
    report: &'a mut Report,
    /// What an anchor stands for, and how much that is.
    anchors: BTreeMap<usize, (Node, Extent)>,
    aliased: usize,
    open: Vec<Open>,
    done: Vec<Node>,
    comments: Vec<Place>,
}

/// How much a value is: its weight, and how many levels it has.
#[derive(Clone, Copy)]
struct Extent {
    weight: usize,
    depth: usize,
}

/// A container that is being read.
struct Open {
    place: Place,
    anchor: usize,
    extent: Extent,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map(Map),
}

/// A map that is being read.
#[derive(Default)]
struct Map {
    entries: Vec<Entry>,
    /// Where each key is in `entries`: a map may have a million keys.
    index: BTreeMap<String, usize>,
    merges: Vec<Node>,
    /// The key whose value comes next, and whether it is the merge key.
    key: Option<(String, Place, bool)>,
}

impl Map {
    /// Adds an entry, or gives back where its key is already.
    fn add(&mut self, entry: Entry) -> Result<(), Place> {
        if let Some(at) = self.index.get(&entry.key) {
            return Err(self.entries[*at].key_place);
        }
        self.index.insert(entry.key.clone(), self.entries.len());
        self.entries.push(entry);
        Ok(())
    }
}

impl Builder<'_> {
    fn finish(self) -> Text {
        Text { documents: self.done, comments: self.comments }
    }

    fn event(&mut self, event: Event<'_>, span: YamlSpan) -> Result<(), Stop> {
        match event {
            Event::DocumentStart(..) => {
                self.anchors.clear();
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.tag(tag.is_some(), span);
                let plain = style == ScalarStyle::Plain;
                let mut place = self.place(span);
                if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
                    place.span.start = header_of_block(self.text, place.span.start);
                }
                let scalar = Scalar {
                    text: text.into_owned(),
                    plain,
                    from_env: false,
                    env_name: None,
                    unfilled: false,
                };
                let extent = Extent { weight: weight_of_text(&scalar.text), depth: 0 };
                self.value(Node { place, value: NodeValue::Scalar(scalar) }, anchor, extent);
                Ok(())
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.tag(tag.is_some(), span);
                self.open(span, anchor, Content::List(Vec::new()))
            }
            Event::MappingStart(_, anchor, tag) => {
                self.tag(tag.is_some(), span);
                self.open(span, anchor, Content::Map(Map::default()))
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.close(span);
                Ok(())
            }
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::UnresolvedAlias(name) => {
                let place = self.place(span);
                self.report.push(
                    Diagnostic::error(
                        Code::YamlSyntax,
                        place,
                        format!("there is no anchor `&{name}` before this alias"),
                    )
                    .help("anchors work within one document; a text that begins with `*` needs quotes"),
                );
                self.value(Node::scalar(place, ""), 0, Extent { weight: 1, depth: 0 });
                Ok(())
            }
            Event::Comment(..) => {
                let place = self.place(span);
                let text = self.text.get(place.span.start as usize..place.span.end as usize);
                self.comments.extend(text.filter(|text| is_addressed(text)).map(|_| place));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn tag(&mut self, tagged: bool, span: YamlSpan) {
        if !tagged {
            return;
        }
        let place = span.tag_span().map_or_else(|| self.place(span), |tag| self.place(tag));
        let tag = self.text.get(place.span.start as usize..place.span.end as usize).unwrap_or("");
        self.report.push(
            Diagnostic::error(Code::UnknownTag, place, format!("the tag `{tag}` has no meaning here"))
                .help("leave the tag out; a text that begins with `!` needs quotes"),
        );
    }

    fn open(&mut self, span: YamlSpan, anchor: usize, content: Content) -> Result<(), Stop> {
        let place = self.place(span);
        if self.open.len() >= MOST_DEEP {
            return Err(self.too_deep(place));
        }
        self.open.push(Open { place, anchor, extent: Extent { weight: 1, depth: 1 }, content });
        Ok(())
    }

    fn too_deep(&mut self, place: Place) -> Stop {
        let message = format!("the document is nested more than {MOST_DEEP} levels deep");
        self.report.push(Diagnostic::error(Code::YamlLimit, place, message));
        Stop
    }

    fn close(&mut self, span: YamlSpan) {
        let Some(Open { place, anchor, extent, content }) = self.open.pop() else { return };
        let end = self.end_of_block(place, self.place(span));
        let node = match content {
            Content::List(elements) => {
                let place = until(place, elements.last().map(|last| last.place), end);
                Node { place, value: NodeValue::List(elements) }
            }
            Content::Map(mut map) => {
                let place =
                    until(place, map.entries.last().map(|last| last.key_place.to(last.value.place)), end);
                for merged in std::mem::take(&mut map.merges) {
                    let NodeValue::Map(entries) = merged.value else { continue };
                    for entry in entries {
                        // What stands in the map itself, or in an earlier merge, goes first.
                        let _ = map.add(entry);
                    }
                }
                Node { place, value: NodeValue::Map(map.entries) }
            }
        };
        self.value(node, anchor, extent);
    }

    /// The end of a container without what is before the next token and belongs to nothing: empty lines and comments.
    fn end_of_block(&self, start: Place, end: Place) -> Place {
        let (from, to) = (start.span.start as usize, end.span.end as usize);
        let mut rest = self.text.get(from..to).unwrap_or("");
        loop {
            rest = rest.trim_end();
            let line = rest.rfind('\n').map_or(0, |feed| feed + 1);
            if line == 0 || !rest[line..].trim_start().starts_with('#') {
                return place_at(self.file, self.text, from, from + rest.len());
            }
            rest = &rest[..line];
        }
    }

    fn alias(&mut self, anchor: usize, span: YamlSpan) -> Result<(), Stop> {
        let place = self.place(span);
        let Some((node, extent)) = self.anchors.get(&anchor) else {
            let message = "this alias is inside its own anchor";
            self.report.push(Diagnostic::error(Code::YamlSyntax, place, message));
            return Err(Stop);
        };
        let extent = *extent;
        self.aliased = self.aliased.saturating_add(extent.weight);
        if self.aliased > MOST_ALIASED {
            self.report.push(
                Diagnostic::error(Code::YamlLimit, place, "the aliases of this document expand to too much")
                    .help("write shared pool settings as a profile"),
            );
            return Err(Stop);
        }
        if self.open.len() + extent.depth > MOST_DEEP {
            return Err(self.too_deep(place));
        }
        let node = node.clone();
        self.value(node, 0, extent);
        Ok(())
    }

    /// A complete value: an element, a key, a key's value, or a whole document.
    fn value(&mut self, node: Node, anchor: usize, extent: Extent) {
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), extent));
        }
        let Some(open) = self.open.last_mut() else {
            self.done.push(node);
            return;
        };
        open.extent.weight = open.extent.weight.saturating_add(extent.weight);
        open.extent.depth = open.extent.depth.max(extent.depth + 1);
        let map = match &mut open.content {
            Content::List(elements) => return elements.push(node),
            Content::Map(map) => map,
        };
        let Some((name, key_place, merges)) = map.key.take() else {
            map.key = Some(key(node, self.report));
            return;
        };
        if merges {
            return merge(&mut map.merges, node, key_place, self.report);
        }
        let repeated = format!("`{name}` stands twice in this map");
        if let Err(first) = map.add(Entry { key: name, key_place, value: node }) {
            self.report.push(
                Diagnostic::error(Code::DuplicateKey, key_place, repeated)
                    .label("again here")
                    .also(first, "first here")
                    .help("take one of them out"),
            );
        }
    }

    fn place(&self, span: YamlSpan) -> Place {
        let start = span.start.byte_offset().unwrap_or(0);
        let end = span.end.byte_offset().unwrap_or(start).max(start);
        // Block scalars and block containers end where the next token begins: the white space before it is not theirs.
        let end = self.text.get(start..end).map_or(end, |text| start + text.trim_end().len());
        place_at(self.file, self.text, start, end)
    }
}

/// A node as a key: its text, its place, and whether it is the merge key.
fn key(node: Node, report: &mut Report) -> (String, Place, bool) {
    match node.value {
        NodeValue::Scalar(scalar) => {
            let merges = scalar.plain && scalar.text == "<<";
            (scalar.text, node.place, merges)
        }
        NodeValue::List(_) | NodeValue::Map(_) => {
            let message = format!("{} cannot be a key", node.describe());
            report.push(Diagnostic::error(Code::YamlSyntax, node.place, message));
            (String::new(), node.place, false)
        }
    }
}

/// Where a container ends: with what it holds last, and not before it began (an alias stands elsewhere).
fn until(start: Place, last: Option<Place>, end: Place) -> Place {
    match last {
        Some(last) if last.span.start >= start.span.start => start.to(last),
        _ => start.to(end),
    }
}

/// Where the `|` or `>` stands whose text begins at `start`; `start` itself if it is not found.
fn header_of_block(text: &str, start: u32) -> u32 {
    let before = text.get(..start as usize).unwrap_or("");
    before.rfind(['|', '>']).and_then(|at| u32::try_from(at).ok()).unwrap_or(start)
}

/// `<<: *anchor`, or a list of them; the first one that has a key wins.
fn merge(merges: &mut Vec<Node>, node: Node, key_place: Place, report: &mut Report) {
    match &node.value {
        NodeValue::Map(_) => merges.push(node),
        NodeValue::List(maps) if maps.iter().all(|map| matches!(map.value, NodeValue::Map(_))) => {
            merges.extend(maps.iter().cloned());
        }
        NodeValue::List(_) | NodeValue::Scalar(_) => report.push(
            Diagnostic::error(Code::YamlSyntax, key_place, "`<<` merges maps, and this is none")
                .help("write `<<: *anchor`, where `&anchor` stands before a map"),
        ),
    }
}

fn place_at(file: FileId, text: &str, start: usize, end: usize) -> Place {
    let clamp = |at: usize| u32::try_from(at.min(text.len())).unwrap_or(u32::MAX);
    Place { file, span: Span { start: clamp(start), end: clamp(end.max(start)) } }
}

#[cfg(test)]
#[path = "yaml_tests.rs"]
mod tests;
