//! Disk images as qemu-img makes them: which are taken, and that the command that is shown for the others makes them right.
//! And what `validate` says of files that are none.

use std::fs::File;
use std::os::unix::fs::{FileExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use poolwright::vhd::file::DiskImage;
use poolwright::vhd::footer::Unfit;
use poolwright::vhd::mend::mend;

use crate::support::{Said, Workplace};

fn judged(path: &Path) -> Result<(), Unfit> {
    DiskImage::open(path).and_then(|image| image.judge()).expect("it can be read")
}

/// Runs a line in a shell.
fn shell(line: &str) {
    let output = Command::new("sh").args(["-c", line]).output().expect("a shell");
    assert!(output.status.success(), "{line}\n{}", String::from_utf8_lossy(&output.stderr));
}

/// Whether the machine has qemu-img; says so if not.
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn has_qemu() -> bool {
    let there = Command::new("qemu-img").arg("--version").output().is_ok();
    if !there {
        eprintln!("skipped: qemu-img is not there");
    }
    there
}

/// The bytes of the disk in an image, whatever its format.
fn disk(path: &Path, format: &str) -> Vec<u8> {
    let raw = path.with_extension("compared");
    let name = path.display().to_string();
    let by_its_size =
        format!("driver=vpc,force_size_calc=current_size,file.filename={}", name.replace(',', ",,"));
    let source = if format == "vpc" {
        ["--image-opts", "-O", "raw", &by_its_size]
    } else {
        ["-Oraw", "-f", format, &name]
    };
    let status = Command::new("qemu-img").arg("convert").args(source).arg(&raw).status().expect("it runs");
    assert!(status.success(), "{name}");
    std::fs::read(raw).expect("it was made")
}

#[test]
fn the_command_that_is_shown_makes_every_image_right() {
    if !has_qemu() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let content = folder.path().join("content");
    std::fs::write(&content, [vec![7; 100_000], vec![0; 2 << 20], vec![9; 300]].concat()).expect("a file");
    // A size that no geometry of a VHD has, and one that is not of whole MiB.
    for (size, sort) in [(21_u64 << 20, "whole"), ((21 << 20) + 4096, "odd")] {
        let raw = folder.path().join(format!("{sort} it's raw.img"));
        std::fs::copy(&content, &raw).expect("a copy");
        std::fs::File::options().write(true).open(&raw).and_then(|file| file.set_len(size)).expect("a size");
        let quoted = raw.display().to_string().replace('\'', r"'\''");
        let made = |name: &str, options: &str| -> PathBuf {
            let path = folder.path().join(format!("{sort}, {name}"));
            shell(&format!("qemu-img convert -f raw {options} '{quoted}' '{}'", path.display()));
            path
        };
        let images = [
            (made("a.qcow2", "-O qcow2"), "qcow2"),
            (made("a.vhdx", "-O vhdx"), "vhdx"),
            (made("a.vmdk", "-O vmdk"), "vmdk"),
            (made("dynamic.vhd", "-O vpc -o force_size"), "vpc"),
            (made("fixed.vhd", "-O vpc -o subformat=fixed,force_size"), "vpc"),
            (made("by geometry.vhd", "-O vpc -o subformat=fixed"), "vpc"),
            (raw.clone(), "raw"),
        ];
        for (path, format) in images {
            let name = path.display().to_string();
            let Err(unfit) = judged(&path) else {
                assert!(name.ends_with("whole, fixed.vhd"), "{name}");
                continue;
            };
            let before = disk(&path, format);
            let mend = mend(&path, &unfit).unwrap_or_else(|| panic!("{name}: {unfit}"));
            shell(&mend.command);
            // What does not tell its size in its first bytes may take a second look.
            let (mut right, mut command) = (mend.made, mend.command);
            if let Err(unfit) = judged(&right) {
                assert!(["vhdx", "vmdk"].contains(&format), "{command}: {unfit}");
                let again = poolwright::vhd::mend::mend(&right, &unfit)
                    .unwrap_or_else(|| panic!("{command}: {unfit}"));
                shell(&again.command);
                (right, command) = (again.made, again.command);
            }
            assert_eq!(judged(&right), Ok(()), "{command}");
            let after = std::fs::read(&right).expect("it was made");
            assert!(after.starts_with(&before), "{command}: the content is another");
            assert!(after[before.len()..after.len() - 512].iter().all(|byte| *byte == 0), "{command}");
        }
    }
}

const ACCOUNT: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers/Microsoft.Storage/storageAccounts/renderbuild";

/// The footer of a fixed VHD.
fn footer(disk: u64) -> Vec<u8> {
    let mut bytes = vec![0; 512];
    bytes[..8].copy_from_slice(b"conectix");
    bytes[48..56].copy_from_slice(&disk.to_be_bytes());
    bytes[63] = 2;
    let sum: u32 = bytes.iter().map(|byte| u32::from(*byte)).sum();
    bytes[64..68].copy_from_slice(&(!sum).to_be_bytes());
    bytes
}

/// A fixed VHD of zeros.
fn vhd(path: &Path, disk: u64) {
    File::create(path).and_then(|file| file.write_all_at(&footer(disk), disk)).expect("a file");
}

/// What `validate` says of a stack whose versions have these sources.
fn validated(workplace: &Workplace, sources: &[&str]) -> Said {
    let versions = sources.iter().enumerate().map(|(number, source)| {
        format!("      - {{ version: 1.{number}.0, source: {{ vhd: {{ storageAccountId: {ACCOUNT}, container: images, {source} }} }} }}\n")
    });
    let header = "apiVersion: poolwright/v1
kind: Stack
name: files
subscription: 00000000-0000-0000-0000-000000000001
resourceGroup: rg1
location: eastus
galleries: [{ name: renders }]
images:
  - name: ubuntu
    osType: Linux
    osState: Generalized
    hyperVGeneration: V2
    identifier: { publisher: contoso, offer: render, sku: ubuntu }
    versions:
";
    let text: String = std::iter::once(header.to_owned()).chain(versions).collect();
    workplace.write("stack.yaml", &text);
    workplace.poolwright(&["validate", "stack.yaml"])
}

#[test]
fn what_is_no_whole_disk_image_is_refused_before_anything_is_asked() {
    const MIB: u64 = 1 << 20;
    let workplace = Workplace::new();
    let path = |name: &str| workplace.path(name);
    vhd(&path("good.vhd"), 3 * MIB);
    let change = |name: &str, at: u64, bytes: &[u8]| {
        vhd(&path(name), 3 * MIB);
        let file = File::options().write(true).open(path(name));
        file.and_then(|file| file.write_all_at(bytes, at)).expect("it can be written");
    };
    change("checksum.vhd", 3 * MIB + 100, b"x");
    change("longer.vhd", 4 * MIB, &footer(3 * MIB));
    vhd(&path("large.vhd"), (2048 << 30) + MIB);
    std::fs::create_dir(path("folder.vhd")).expect("a folder");
    shell(&format!("mkfifo '{}'", path("pipe.vhd").display()));
    let link = |to: &str, name: &str| symlink(path(to), path(name)).expect("a link");
    link("good.vhd", "link.vhd");
    link("nowhere", "dangling.vhd");
    link("round.vhd", "round.vhd");
    for (name, wanted) in [
        ("good.vhd", None),
        ("link.vhd", None),
        // It is only needed while its version is not there.
        ("absent.vhd", None),
        ("dangling.vhd", None),
        ("checksum.vhd", Some("the checksum of its footer is wrong")),
        ("longer.vhd", Some("its footer tells of 3145728 bytes, and it holds 4194304")),
        ("large.vhd", Some("a gallery takes 2,048 GiB at most")),
        ("folder.vhd", Some("it is no regular file")),
        ("pipe.vhd", Some("it is no regular file")),
        ("round.vhd", Some("cannot read round.vhd")),
        ("good.vhd/x.vhd", Some("cannot read good.vhd/x.vhd")),
    ] {
        let said = validated(&workplace, &[&format!("file: {name}")]);
        let words = said.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(said.code, Some(if wanted.is_some() { 3 } else { 0 }), "{name}: {said:?}");
        let wanted = wanted.unwrap_or_default();
        assert!(words.contains(wanted), "{name}: {words}");
        assert_eq!(words.contains("spec/disk-image"), !wanted.is_empty(), "{name}: {words}");
    }
}

#[test]
fn a_blob_is_made_of_one_file() {
    let workplace = Workplace::new();
    for name in ["a.vhd", "b.vhd"] {
        vhd(&workplace.path(name), 1 << 20);
    }
    symlink(workplace.path("a.vhd"), workplace.path("link.vhd")).expect("a link");
    let upper = ACCOUNT.replace("renderbuild", "RenderBuild");
    let elsewhere = ACCOUNT.replace("renderbuild", "other");
    let second = |file: &str, more: &str| format!("file: {file}, name: x.vhd{more}");
    for (second, is_fine) in [
        (second("b.vhd", ""), false),
        (second("absent.vhd", ""), false),
        (second("a.vhd", ""), true),
        (second("././a.vhd", ""), true),
        (second("link.vhd", ""), true),
        ("file: b.vhd, name: y.vhd".to_owned(), true),
        ("file: b.vhd".to_owned(), true),
        (second("a.vhd", ", data: [{ lun: 1, file: b.vhd, name: x.vhd }]"), false),
        (
            second(
                "a.vhd",
                &format!(", data: [{{ lun: 1, file: b.vhd, name: x.vhd, storageAccountId: {upper} }}]"),
            ),
            false,
        ),
        (
            second(
                "a.vhd",
                &format!(", data: [{{ lun: 1, file: b.vhd, name: x.vhd, storageAccountId: {elsewhere} }}]"),
            ),
            true,
        ),
    ] {
        let said = validated(&workplace, &["file: a.vhd, name: x.vhd", &second]);
        let words = said.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(said.code, Some(if is_fine { 0 } else { 3 }), "{second}: {words}");
        for wanted in
            ["spec/duplicate-resource", "are both to become the blob images/x.vhd in", "the other file"]
        {
            assert_eq!(words.contains(wanted), !is_fine, "{second}: {words}");
        }
    }
}
