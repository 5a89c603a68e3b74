//! Disk images as qemu-img makes them: which are taken, and that the command that is shown for the others makes them right.

use std::path::{Path, PathBuf};
use std::process::Command;

use poolwright::vhd::file::DiskImage;
use poolwright::vhd::footer::Unfit;
use poolwright::vhd::mend::mend;

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
