//! Every mistake in a file is told once, where it is: what refers to an entry that is wrong is not wrong for that.
//!
//! `tests/mistakes/*.yaml` are documents that say what is told of them, as those of `tests/diag` do; the codes in their first
//! comments are all found there.

use std::collections::BTreeMap;

use poolwright::desired::desired;
use poolwright::diag::{Diagnostic, Place, Report};
use poolwright::kinds::declared::declare;
use poolwright::spec::{self, interpolate::Variables};

use crate::converge::quickstart;
use crate::rules::{agrees, cases};

/// Everything that is told of a text before a plan is made of it.
fn told(name: &str, text: &str) -> Vec<Diagnostic> {
    let no_environment = |_: &str| None;
    let variables = Variables { given: BTreeMap::new(), environment: &no_environment };
    let mut report = Report::default();
    let spec = spec::read_texts(&[(name.to_owned(), text.to_owned())], &variables, &mut report);
    let stack = spec.documents.and_then(|documents| declare(documents, &mut report));
    let _graph = stack.map(|stack| desired(&stack, &mut report));
    report.sorted().iter().cloned().collect()
}

/// What is said about a text: codes with the text that each is about.
fn said(text: &str) -> Vec<(String, String)> {
    let about = |place: Place| text[place.span.start as usize..place.span.end as usize].to_owned();
    let told = told("spec.yaml", text);
    told.iter().map(|d| (d.code.to_string(), d.place().map(about).unwrap_or_default())).collect()
}

#[test]
fn documents_say_every_mistake_in_them() {
    for (name, text) in cases("tests/mistakes") {
        let told = told(&name, &text);
        for code in agrees("tests/mistakes", &name, &text, &told) {
            assert!(told.iter().any(|found| found.code.as_str() == code), "{name} does not show {code}");
        }
    }
}

#[test]
fn one_mistake_is_one_diagnostic() {
    let of = |subscription: &str, rest: &str| {
        format!("image: /subscriptions/{subscription}/resourceGroups/rg1/providers/Microsoft.Compute/{rest}")
    };
    let own = "00000000-0000-0000-0000-000000000001";
    let managed_image = of(own, "images/img1");
    let no_guid = of("production", "galleries/corp/images/ubuntu/versions/1.0.0");
    let no_number = of(own, "galleries/corp/images/ubuntu/versions/newest");
    for (from, to, code, about) in [
        ("osType: Linux", "osType: Linus", "spec/not-allowed", "Linus"),
        ("version: 1.0.0", "version: 1.0", "spec/pattern", "1.0"),
        ("name: quickstartGallery", "name: quick-start", "spec/pattern", "quick-start"),
        ("  - name: ubuntu", "  - name: ubuntu\n    gallery: nope", "spec/unknown-reference", "nope"),
        (
            "  - { name: quickstartGallery",
            "  - { id: /subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/corp/providers/Microsoft.Compute/galleries/corp, as: corp, sharing: { permissions: Private } }\n  - { name: quickstartGallery",
            "spec/not-allowed",
            "sharing",
        ),
        (
            "name: quickstartGallery",
            "name: quickstartGallery, sharing: { permissions: Community }",
            "spec/missing-key",
            "Community",
        ),
        (
            "name: quickstartGallery",
            "name: quickstartGallery, sharing: { permissions: Groups, communityGalleryInfo: { publisherUri: a, publisherContact: b, eula: c, publicNamePrefix: d } }",
            "spec/not-allowed",
            "{ publisherUri: a, publisherContact: b, eula: c, publicNamePrefix: d",
        ),
        (
            "name: quickstartGallery",
            "name: quickstartGallery, sharing: { permissions: Private, groups: [] }",
            "spec/not-allowed",
            "[",
        ),
        (
            "name: quickstartGallery",
            "name: quickstartGallery, sharing: { permissions: Groups, groups: [{ type: Subscriptions, ids: [] }] }",
            "spec/not-allowed",
            "[{ type: Subscriptions, ids: [",
        ),
        (
            "name: quickstartGallery",
            "name: quickstartGallery, sharing: { permissions: Groups, groups: [{ type: AADTenants, ids: [aaaaaaaa-0000-0000-0000-000000000003, AAAAAAAA-0000-0000-0000-000000000003] }] }",
            "spec/not-allowed",
            "[{ type: AADTenants, ids: [aaaaaaaa-0000-0000-0000-000000000003, AAAAAAAA-0000-0000-0000-000000000003",
        ),
        (
            "name: quickstartGallery",
            "name: quickstartGallery, sharing: { permissions: Groups, groups: [{ type: AADTenants, ids: [contoso] }] }",
            "spec/pattern",
            "contoso",
        ),
        (
            "name: quickstartGallery",
            "name: quickstartGallery, sharing: { permissions: Groups, groups: [{ type: AADTenants, ids: [00000000-0000-0000-0000-000000000003] }, { type: AADTenants, ids: [00000000-0000-0000-0000-000000000004] }] }",
            "spec/not-allowed",
            "[{ type: AADTenants, ids: [00000000-0000-0000-0000-000000000003] }, { type: AADTenants, ids: [00000000-0000-0000-0000-000000000004",
        ),
        (
            "managedImage: /sub",
            "vhd: { storageAccountId: /subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers/Microsoft.Storage/storageAccounts/one } #",
            "spec/missing-key",
            "{ storageAccountId: /subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers/Microsoft.Storage/storageAccounts/one",
        ),
        (
            "managedImage: /sub",
            "vhd: { file: a.vhd, storageAccountId: /subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers/Microsoft.Storage/storageAccounts/one } #",
            "spec/missing-key",
            "a.vhd",
        ),
        (
            "managedImage: /sub",
            "vhd: { uri: https://a/b/c, file: a.vhd, container: images, storageAccountId: /subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers/Microsoft.Storage/storageAccounts/one } #",
            "spec/not-allowed",
            "https://a/b/c",
        ),
        (
            "managedImage: /sub",
            "vhd: { uri: https://a/b/c, container: images, storageAccountId: /subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers/Microsoft.Storage/storageAccounts/one } #",
            "spec/not-allowed",
            "images",
        ),
        (
            "managedImage: /sub",
            "vhd: { file: a.vhd, container: a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a, storageAccountId: /subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers/Microsoft.Storage/storageAccounts/one } #",
            "spec/out-of-range",
            "a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a",
        ),
        (
            "galleries:",
            "batchAccounts: [{ name: farm, poolAllocationMode: UserSubscription }]\ngalleries:",
            "spec/missing-key",
            "UserSubscription",
        ),
        (
            "galleries:",
            "batchAccounts: [{ name: farm, as: main }]\ngalleries:",
            "spec/duplicate-resource",
            "name: farm",
        ),
        ("galleries:", "gallerys:", "spec/unknown-key", "gallerys"),
        ("managedImage: /sub", "managedImage: /bus", "spec/invalid-id", ""),
        ("Nodes: 2", "Nodes: \"${var:nodes}\"", "spec/unknown-variable", "${var:nodes}"),
        ("osType: Linux", "osType: \"${env:NO_OS}\"", "spec/unknown-variable", "${env:NO_OS}"),
        (
            "    account: main",
            "    account: main\n    userAccounts: [{ name: a, password: \"${env:NO_PASSWORD}\" }]",
            "spec/unknown-variable",
            "${env:NO_PASSWORD}",
        ),
        ("account: main", "account: mian", "spec/unknown-reference", "mian"),
        ("image: ubuntu@", "image: ubunto@", "spec/unknown-reference", ""),
        ("image: ubuntu@1.0.0", &managed_image, "spec/invalid-id", "img1"),
        ("image: ubuntu@1.0.0", &no_guid, "spec/invalid-id", "production"),
        ("image: ubuntu@1.0.0", &no_number, "spec/invalid-image", "newest"),
    ] {
        let text = quickstart();
        assert!(text.contains(from), "the quickstart has no {from:?}");
        let said = said(&text.replacen(from, to, 1));
        assert_eq!(said.len(), 1, "{to}: {said:#?}");
        assert_eq!(said[0].0, code, "{to}");
        assert!(said[0].1.contains(about), "{to}: {said:#?}");
    }
}
