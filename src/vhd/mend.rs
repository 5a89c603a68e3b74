//! How a fixed VHD is made of what is none: the commands of qemu-img, to be copied to a shell. Runs nothing.

use std::path::{Path, PathBuf};

use crate::vhd::footer::{MIB, Unfit};

/// Where the VHD will be, and the command that makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mend {
    /// The fixed VHD that it makes.
    pub made: PathBuf,
    /// One line for a shell.
    pub command: String,
}

/// The command for a file; `None` where no command of qemu-img makes it right.
pub fn mend(path: &Path, unfit: &Unfit) -> Option<Mend> {
    let (format, size) = match unfit {
        Unfit::Dynamic { size } | Unfit::Unaligned { size } => ("vpc", Some(*size)),
        Unfit::Other { format, size, .. } => (*format, *size),
        Unfit::Raw { size } if *size > 0 => ("raw", Some(*size)),
        Unfit::Raw { .. } | Unfit::Differencing | Unfit::TooLarge { .. } | Unfit::Damaged(_) => return None,
    };
    let is_vhd = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("vhd"));
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let made = path.with_file_name(format!("{stem}{}", if is_vhd { "-fixed.vhd" } else { ".vhd" }));
    let fixed = "-O vpc -o subformat=fixed,force_size";
    let source = match format {
        // A VHD has two sizes, and qemu-img believes the smaller one of those that it did not make itself.
        "vpc" => {
            let name = path.display().to_string().replace(',', ",,");
            format!(
                "--image-opts {}",
                quoted(&format!("driver=vpc,force_size_calc=current_size,file.filename={name}"))
            )
        }
        _ => format!("-f {format} {}", quoted(&path.display().to_string())),
    };
    let to = quoted(&made.display().to_string());
    // What does not say its size in the first bytes is of whole MiB in practice; if not, the next look says so.
    let whole = size.filter(|size| !size.is_multiple_of(MIB)).map(|size| size.div_ceil(MIB));
    let command = match (whole, format) {
        (None, _) => format!("qemu-img convert {fixed} {source} {to}"),
        (Some(mib), "raw") => {
            let raw = quoted(&path.display().to_string());
            format!("qemu-img resize -f raw {raw} {mib}M && qemu-img convert {fixed} {source} {to}")
        }
        // A VHD cannot be resized as it is.
        (Some(mib), _) => {
            let raw = quoted(&made.with_extension("raw").display().to_string());
            format!(
                "qemu-img convert -O raw {source} {raw} && qemu-img resize -f raw {raw} {mib}M && qemu-img convert {fixed} -f raw {raw} {to}"
            )
        }
    };
    Some(Mend { made, command })
}

/// A text as one word of a shell, whatever stands in it.
fn quoted(text: &str) -> String {
    // What begins with a dash would be an option, and what has a colon a protocol.
    let plain = text.starts_with(['/', '.']) || text.starts_with("driver=");
    let text = if plain { text.to_owned() } else { format!("./{text}") };
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::mend;
    use crate::vhd::footer::{MIB, Unfit};

    #[test]
    fn the_commands() {
        let command = |path: &str, unfit: &Unfit| mend(Path::new(path), unfit).map(|mend| mend.command);
        let qcow2 = |size| Unfit::Other { format: "qcow2", words: "", size: Some(size) };
        assert_eq!(
            command("build/it's new.qcow2", &qcow2(MIB)).as_deref(),
            Some(
                r"qemu-img convert -O vpc -o subformat=fixed,force_size -f qcow2 './build/it'\''s new.qcow2' './build/it'\''s new.vhd'"
            )
        );
        assert_eq!(
            command("/x/disk.img", &Unfit::Raw { size: 3 * MIB + 1 }).as_deref(),
            Some(
                "qemu-img resize -f raw '/x/disk.img' 4M && qemu-img convert -O vpc -o subformat=fixed,force_size -f raw '/x/disk.img' '/x/disk.vhd'"
            )
        );
        assert_eq!(
            command("./a,b.vhd", &Unfit::Dynamic { size: MIB }).as_deref(),
            Some(
                "qemu-img convert -O vpc -o subformat=fixed,force_size --image-opts 'driver=vpc,force_size_calc=current_size,file.filename=./a,,b.vhd' './a,b-fixed.vhd'"
            )
        );
        assert_eq!(command("a.vhd", &Unfit::Differencing), None);
        assert_eq!(command("a.vhd", &Unfit::Raw { size: 0 }), None);
    }
}
