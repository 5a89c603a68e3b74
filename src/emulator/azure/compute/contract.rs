//! Holds the shapes to Azure's contract: what a version has, and nothing it has not, with the words it knows.
//! Skips where the contract is not beside the project.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::emulator::azure::compute::{self, Model, TRACKED};
use crate::emulator::azure::shape::Shape;

const OFFICIAL: &str = "azure-contract/specification/compute/resource-manager/Microsoft.Compute";
const DERIVED: &str =
    "azure-contract/derived/specification/derived-from-python-sdk/azure-mgmt-compute-39.0.0";

/// Type, api-version, file and definition.
const MODELS: &[(&str, &str, &str, &str)] = &[
    ("galleries", "2023-07-03", "GalleryRP/stable/2023-07-03/gallery.json", "Gallery"),
    ("galleries", "2024-03-03", "GalleryRP/stable/2024-03-03/gallery.json", "Gallery"),
    ("galleries", "2026-03-03", "", "Gallery"),
    ("galleries/images", "2023-07-03", "GalleryRP/stable/2023-07-03/gallery.json", "GalleryImage"),
    ("galleries/images", "2024-03-03", "GalleryRP/stable/2024-03-03/gallery.json", "GalleryImage"),
    ("galleries/images", "2026-03-03", "", "GalleryImage"),
    (
        "galleries/images/versions",
        "2023-07-03",
        "GalleryRP/stable/2023-07-03/gallery.json",
        "GalleryImageVersion",
    ),
    (
        "galleries/images/versions",
        "2024-03-03",
        "GalleryRP/stable/2024-03-03/gallery.json",
        "GalleryImageVersion",
    ),
    ("galleries/images/versions", "2026-03-03", "", "GalleryImageVersion"),
    ("images", "2024-07-01", "ComputeRP/stable/2024-07-01/image.json", "Image"),
    ("images", "2026-04-01", "", "Image"),
    ("disks", "2024-03-02", "DiskRP/stable/2024-03-02/disk.json", "Disk"),
    ("disks", "2026-03-02", "", "Disk"),
    ("snapshots", "2024-03-02", "DiskRP/stable/2024-03-02/snapshot.json", "Snapshot"),
    ("snapshots", "2026-03-02", "", "Snapshot"),
    ("virtualmachines", "2024-07-01", "ComputeRP/stable/2024-07-01/virtualMachine.json", "VirtualMachine"),
    ("virtualmachines", "2026-04-01", "", "VirtualMachine"),
    (
        "virtualmachines/extensions",
        "2024-07-01",
        "ComputeRP/stable/2024-07-01/virtualMachine.json",
        "VirtualMachineExtension",
    ),
    ("virtualmachines/extensions", "2026-04-01", "", "VirtualMachineExtension"),
];

/// What of the contract we leave out: when and by whom a resource was written is not kept.
const LEFT_OUT: &[&str] = &["systemData"];

/// Read-only in the contract, and computed here from what stands: kept out of requests by other means.
const COMPUTED: &[&str] = &["sku.tier"];

/// Not marked read-only in the contract, and yet the service's own.
const OURS_TO_SAY: &[&str] = &["completionPercent", "copyCompletionError", "instanceView", "identifier"];

/// What is known of one property: its words, and whether only the service says it.
type Properties = BTreeMap<String, (BTreeSet<String>, bool)>;

/// The contract's files, read once each.
struct Contract {
    root: PathBuf,
    files: BTreeMap<PathBuf, Value>,
}

impl Contract {
    #[expect(clippy::disallowed_methods, reason = "the contract stands beside the project, where one has it")]
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    fn open() -> Option<Contract> {
        let root = std::env::var_os("POOLWRIGHT_SHARED")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
        if root.join(OFFICIAL).is_dir() {
            return Some(Contract { root, files: BTreeMap::new() });
        }
        eprintln!("skipped: Azure's contract is not at {}", root.display());
        None
    }

    #[expect(clippy::disallowed_methods, reason = "the contract stands beside the project, where one has it")]
    fn file(&mut self, path: &Path) -> &Value {
        let whole = self.root.join(path);
        self.files.entry(path.to_owned()).or_insert_with(|| {
            let text = std::fs::read_to_string(&whole).unwrap_or_else(|_| panic!("{}", whole.display()));
            serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap()
        })
    }

    /// A schema with its references followed: the file it is in, and whether a reference made it read-only.
    fn resolve(&mut self, file: &Path, schema: &Value) -> (PathBuf, Value, bool) {
        let (mut file, mut schema) = (file.to_owned(), schema.clone());
        let mut read_only = schema["readOnly"] == true;
        while let Some(reference) = schema["$ref"].as_str().map(str::to_owned) {
            let (other, pointer) = reference.split_once('#').unwrap();
            if !other.is_empty() {
                let mut parts: Vec<_> = file.parent().unwrap().components().collect();
                for part in Path::new(other).components() {
                    match part {
                        std::path::Component::ParentDir => drop(parts.pop()),
                        std::path::Component::CurDir => {}
                        part => parts.push(part),
                    }
                }
                file = parts.into_iter().collect();
            }
            schema = self.file(&file).pointer(pointer).unwrap().clone();
            read_only |= schema["readOnly"] == true;
        }
        (file, schema, read_only)
    }

    fn walk(&mut self, file: &Path, schema: &Value, path: &str, depth: usize, found: &mut Properties) {
        let (file, schema, _) = self.resolve(file, schema);
        if schema["type"] == "array" {
            return self.walk(&file, &schema["items"], path, depth, found);
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.walk(&file, part, path, depth, found);
        }
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let (_, target, read_only) = self.resolve(&file, property);
            let (_, element, _) = self.resolve(&file, &target["items"]);
            let words = [&target["enum"], &element["enum"]].into_iter().filter_map(Value::as_array).flatten();
            let at = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let words = words.filter_map(Value::as_str).map(str::to_owned).collect();
            found.insert(at.clone(), (words, read_only));
            if depth < 9 {
                self.walk(&file, property, &at, depth + 1, found);
            }
        }
    }
}

/// What a shape has in a version, and under which paths it takes whatever comes.
fn walk_shape(shape: &Shape, version: &str, path: &str, found: &mut Properties, open: &mut Vec<String>) {
    match shape.at(version) {
        Some(Shape::Object(fields)) => {
            for (name, shape) in *fields {
                let Some(shape) = shape.at(version) else { continue };
                let at = if path.is_empty() { (*name).to_owned() } else { format!("{path}.{name}") };
                let mut inner = shape;
                while let Shape::List(each) = inner {
                    inner = each;
                }
                let words = match inner {
                    Shape::Word(words) => words.iter().map(|word| (*word).to_owned()).collect(),
                    _ => BTreeSet::new(),
                };
                found.insert(at.clone(), (words, matches!(shape, Shape::ReadOnly)));
                walk_shape(shape, version, &at, found, open);
            }
        }
        Some(Shape::List(each)) => walk_shape(each, version, path, found, open),
        Some(Shape::Any | Shape::ReadOnly) => open.push(format!("{path}.")),
        _ => {}
    }
}

fn ours(model: &Model, version: &str) -> (Properties, Vec<String>) {
    let (mut found, mut open) = (Properties::new(), Vec::new());
    walk_shape(&Shape::Object(model.envelope), version, "", &mut found, &mut open);
    walk_shape(model.properties, version, "", &mut found, &mut open);
    (found, open)
}

#[test]
fn every_version_has_exactly_what_the_contract_says() {
    let Some(mut contract) = Contract::open() else { return };
    let mut wrong: Vec<String> = Vec::new();
    for (kind, version, file, definition) in MODELS {
        let file = if file.is_empty() {
            Path::new(DERIVED).join(version).join("Compute.json")
        } else {
            Path::new(OFFICIAL).join(file)
        };
        let schema = serde_json::json!({"$ref": format!("#/definitions/{definition}")});
        let mut all = Properties::new();
        contract.walk(&file, &schema, "", 0, &mut all);
        let theirs: Properties = all
            .into_iter()
            .filter(|(path, _)| path != "properties" && !LEFT_OUT.iter().any(|out| path.starts_with(out)))
            .filter(|(path, _)| !TRACKED.contains(&path.as_str()))
            .map(|(path, known)| (path.strip_prefix("properties.").unwrap_or(&path).to_owned(), known))
            .collect();
        let model = compute::model(&format!("microsoft.compute/{kind}")).unwrap();
        let (ours, open) = ours(model, version);
        let covered = |path: &str| open.iter().any(|open| path.starts_with(open.as_str()));
        for (path, (words, read_only)) in &theirs {
            match ours.get(path) {
                _ if covered(path) => {}
                None => wrong.push(format!("{kind} {version}: {path} is missing")),
                Some((known, says)) => {
                    if !known.is_empty() && !words.is_empty() && known != words {
                        wrong
                            .push(format!("{kind} {version}: {path} has the words {words:?}, not {known:?}"));
                    }
                    let computed = COMPUTED.contains(&path.as_str());
                    if *read_only != *says && !computed && !OURS_TO_SAY.contains(&path.as_str()) {
                        wrong.push(format!("{kind} {version}: {path} is read-only: {read_only}"));
                    }
                }
            }
        }
        for path in ours.keys().filter(|path| !theirs.contains_key(*path) && !covered(path)) {
            wrong.push(format!("{kind} {version}: {path} is unknown to Azure"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
