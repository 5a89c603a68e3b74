//! Digests, by which texts and bytes are told apart: of marks, of names, of saved plans, of disk images.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// The SHA-256 of a text as 64 hex digits.
pub fn digest(text: &str) -> String {
    hex(digest_of(text.as_bytes()))
}

/// The SHA-256 of bytes.
pub fn digest_of(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// A digest as hex digits.
pub fn hex(digest: [u8; 32]) -> String {
    digest.iter().fold(String::with_capacity(64), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn it_is_sha_256() {
        let wanted = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest("abc"), wanted);
    }
}
