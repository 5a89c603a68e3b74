//! Judges a disk image by its first and its last 512 bytes. Pure: opens nothing.

/// The size of the footer, and of a page of a page blob.
pub const FOOTER: u64 = 512;
/// Azure takes disks of whole MiB alone.
pub const MIB: u64 = 1024 * 1024;
/// The largest disk that a gallery copies to its regions (`GallerySourceResourceExceedsMaxSize`).
const LARGEST: u64 = 2_048 * 1024 * MIB;

const COOKIE: &[u8] = b"conectix";
const CHECKSUM: std::ops::Range<usize> = 64..68;

/// Other formats, by what a file of theirs begins with: the name that qemu-img has for each, and the one for people.
const OTHERS: [(&[u8], &str, &str); 4] = [
    (b"vhdxfile", "vhdx", "a VHDX"),
    (b"QFI\xfb", "qcow2", "a qcow2 image"),
    (b"KDMV", "vmdk", "a VMDK"),
    (b"<<< ", "vdi", "a VirtualBox image"),
];

/// What is wrong with a file that should be a fixed VHD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// A VHD that grows with its content.
    Dynamic {
        /// The size of its disk in bytes.
        size: u64,
    },
    /// A VHD that holds the differences to another.
    Differencing,
    /// A fixed VHD whose disk is not of whole MiB.
    Unaligned {
        /// The size of its disk in bytes.
        size: u64,
    },
    /// Another format.
    Other {
        /// qemu-img's name for it.
        format: &'static str,
        /// What it is, with its article.
        words: &'static str,
        /// The size of its disk in bytes, where the first bytes tell.
        size: Option<u64>,
    },
    /// No footer, and none of the known beginnings.
    Raw {
        /// Its size in bytes.
        size: u64,
    },
    /// A fixed VHD of a disk that is too large.
    TooLarge {
        /// The size of its disk in bytes.
        size: u64,
    },
    /// A VHD that is not whole; the text says what does not fit.
    Damaged(String),
}

/// Says whether a file of `size` bytes is a VHD that Azure takes, by its first and its last 512 bytes (a smaller file has fewer).
pub fn judge(size: u64, head: &[u8], tail: &[u8]) -> Result<(), Unfit> {
    if let Some((_, format, words)) = OTHERS.into_iter().find(|(magic, ..)| head.starts_with(magic)) {
        let size = (format == "qcow2").then(|| number(head, 24)).flatten();
        return Err(Unfit::Other { format, words, size });
    }
    if !tail.starts_with(COOKIE) || tail.len() as u64 != FOOTER {
        if head.starts_with(COOKIE) {
            let what = "it begins as a VHD and does not end as one: it may be cut off";
            return Err(Unfit::Damaged(what.to_owned()));
        }
        return Err(Unfit::Raw { size });
    }
    let word = |at: usize| number(tail, at).map_or(0, |eight| eight >> 32);
    let rest = tail.iter().enumerate().filter(|(at, _)| !CHECKSUM.contains(at));
    let sum: u32 = rest.map(|(_, byte)| u32::from(*byte)).sum();
    if word(CHECKSUM.start) != u64::from(!sum) {
        return Err(Unfit::Damaged("the checksum of its footer is wrong".to_owned()));
    }
    let disk = number(tail, 48).unwrap_or(0);
    match word(60) {
        2 => {}
        3 => return Err(Unfit::Dynamic { size: disk }),
        4 => return Err(Unfit::Differencing),
        other => return Err(Unfit::Damaged(format!("its footer names the unknown disk type {other}"))),
    }
    if disk == 0 || disk.checked_add(FOOTER) != Some(size) {
        let holds = size - FOOTER;
        return Err(Unfit::Damaged(format!("its footer tells of {disk} bytes, and it holds {holds}")));
    }
    if !disk.is_multiple_of(MIB) {
        return Err(Unfit::Unaligned { size: disk });
    }
    if disk > LARGEST {
        return Err(Unfit::TooLarge { size: disk });
    }
    Ok(())
}

/// Eight bytes as a number, the highest first.
fn number(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at + 8)?.try_into().ok().map(u64::from_be_bytes)
}

impl std::fmt::Display for Unfit {
    /// What it is, as the end of "the file is …".
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Dynamic { .. } => f.write_str("a dynamic VHD, and Azure takes fixed ones only"),
            Self::Differencing => f.write_str("a differencing VHD, which is nothing without its parent"),
            Self::Unaligned { size } => {
                write!(f, "a fixed VHD of {size} bytes, and Azure takes disks of whole MiB only")
            }
            Self::Other { words, .. } => write!(f, "{words}, and Azure takes fixed VHDs only"),
            Self::Raw { .. } => f.write_str("no VHD: it has no footer, as a raw image has none"),
            Self::TooLarge { size } => {
                write!(f, "a disk of {} GiB, and a gallery takes 2,048 GiB at most", size / (1024 * MIB))
            }
            Self::Damaged(what) => write!(f, "a damaged VHD: {what}"),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{COOKIE, FOOTER, MIB, Unfit, judge};

    /// A footer with a right checksum.
    pub(crate) fn footer(disk: u64, kind: u32) -> Vec<u8> {
        let mut bytes = vec![0; 512];
        bytes[..8].copy_from_slice(COOKIE);
        bytes[48..56].copy_from_slice(&disk.to_be_bytes());
        bytes[60..64].copy_from_slice(&kind.to_be_bytes());
        let sum: u32 = bytes.iter().map(|byte| u32::from(*byte)).sum();
        bytes[64..68].copy_from_slice(&(!sum).to_be_bytes());
        bytes
    }

    fn judged(disk: u64, kind: u32) -> Result<(), Unfit> {
        judge(disk + FOOTER, &[0; 512], &footer(disk, kind))
    }

    #[test]
    fn a_fixed_vhd_of_whole_mib_is_taken_and_no_other() {
        assert_eq!(judged(3 * MIB, 2), Ok(()));
        assert_eq!(judged(3 * MIB, 3), Err(Unfit::Dynamic { size: 3 * MIB }));
        assert_eq!(judged(3 * MIB, 4), Err(Unfit::Differencing));
        assert_eq!(judged(3 * MIB + 512, 2), Err(Unfit::Unaligned { size: 3 * MIB + 512 }));
        let large = 2_048 * 1024 * MIB;
        assert_eq!((judged(large, 2), judged(large + MIB, 2).is_err()), (Ok(()), true));
        for (disk, kind) in [(0, 2), (MIB, 9)] {
            assert!(matches!(judged(disk, kind), Err(Unfit::Damaged(_))), "{disk} {kind}");
        }
    }

    #[test]
    fn what_is_not_whole_is_damaged() {
        let whole = footer(MIB, 2);
        let mut flipped = whole.clone();
        flipped[100] ^= 1;
        let size = MIB + FOOTER;
        for (size, head, tail) in [
            (size, vec![0; 512], flipped),
            (size + 512, vec![0; 512], whole.clone()),
            (size, whole, vec![0; 512]),
        ] {
            assert!(matches!(judge(size, &head, &tail), Err(Unfit::Damaged(_))));
        }
    }

    #[test]
    fn other_formats_are_known_by_their_beginning() {
        let mut qcow2 = b"QFI\xfb".to_vec();
        qcow2.resize(512, 0);
        qcow2[24..32].copy_from_slice(&(5 * MIB).to_be_bytes());
        let format = |head: &[u8]| match judge(4096, head, &[0; 512]) {
            Err(Unfit::Other { format, size, .. }) => Some((format, size)),
            _ => None,
        };
        assert_eq!(format(&qcow2), Some(("qcow2", Some(5 * MIB))));
        assert_eq!(format(b"vhdxfile"), Some(("vhdx", None)));
        assert_eq!(format(b"KDMV"), Some(("vmdk", None)));
        assert_eq!(judge(4096, b"\x7fELF", &[0; 512]), Err(Unfit::Raw { size: 4096 }));
        assert_eq!(judge(0, b"", b""), Err(Unfit::Raw { size: 0 }));
        assert_eq!(judge(9, b"conecti", b"conecti"), Err(Unfit::Raw { size: 9 }));
    }
}
