//! The numbers of image versions, which decide which of them is the latest.

/// `1.10.0` as numbers: 1.10.0 is above 1.9.0. None for what is no such number.
pub fn read(name: &str) -> Option<[u64; 3]> {
    let mut parts = name.split('.').map(|part| part.parse::<u64>().ok());
    let number = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn numbers_are_compared_as_numbers() {
        assert!(read("1.10.0") > read("1.9.9"));
        for wrong in ["", "1.0", "1.0.0.0", "1.0.x", "latest"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
