//! Region names: `westeurope`, `West Europe` and `WESTEUROPE` are one region.

/// The one spelling in which two region names can be compared: lower case, no spaces.
pub fn normal(region: &str) -> String {
    region.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// Whether two names are of one region.
pub fn same(left: &str, right: &str) -> bool {
    normal(left) == normal(right)
}

#[cfg(test)]
mod tests {
    #[test]
    fn display_names_and_short_names_are_one_region() {
        assert!(super::same("West Europe", "westeurope"));
        assert!(!super::same("westus", "westus2"));
    }
}
