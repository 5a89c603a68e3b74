//! GUIDs and other tokens made from numbers: different for every number, the same in every run.
//! Plainly no randomness: nothing that must be hard to guess may come from here.

/// A GUID made from a number, the same every time.
pub(crate) fn guid(number: u64, salt: u64) -> String {
    let (high, low) = (mix(number, salt), mix(number, !salt));
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        0x8000 | (low >> 48) & 0x3fff,
        low & 0xffff_ffff_ffff
    )
}

/// A GUID made from a text, the same every time.
pub(crate) fn of_text(text: &str) -> String {
    guid(text.bytes().fold(0, |sum, byte| mix(sum, u64::from(byte))), 0x7e87)
}

/// Spreads a number over 64 bits (the finaliser of `SplitMix64`).
pub(crate) fn mix(number: u64, salt: u64) -> u64 {
    let mut x = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(salt);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::guid;

    #[test]
    fn guids_have_the_form_of_guids_and_differ() {
        let (one, two) = (guid(1, 2), guid(2, 2));
        assert_ne!(one, two);
        assert_eq!(one.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    }
}
