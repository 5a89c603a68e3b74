//! Azure's regions: names and display names, and which have availability zones.
//! A fixed table; comparing goes without regard to case and spaces, as Azure does.

/// One region.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Region {
    /// The short name: `eastus2`.
    pub(crate) name: &'static str,
    /// What galleries answer: `East US 2`.
    pub(crate) display: &'static str,
    /// True when it has availability zones (zone-redundant storage).
    pub(crate) zones: bool,
}

const fn region(name: &'static str, display: &'static str, zones: bool) -> Region {
    Region { name, display, zones }
}

/// The public cloud's regions.
pub(crate) const ALL: &[Region] = &[
    region("eastus", "East US", true),
    region("eastus2", "East US 2", true),
    region("southcentralus", "South Central US", true),
    region("westus2", "West US 2", true),
    region("westus3", "West US 3", true),
    region("australiaeast", "Australia East", true),
    region("southeastasia", "Southeast Asia", true),
    region("northeurope", "North Europe", true),
    region("swedencentral", "Sweden Central", true),
    region("uksouth", "UK South", true),
    region("westeurope", "West Europe", true),
    region("centralus", "Central US", true),
    region("southafricanorth", "South Africa North", true),
    region("centralindia", "Central India", true),
    region("eastasia", "East Asia", true),
    region("japaneast", "Japan East", true),
    region("koreacentral", "Korea Central", true),
    region("canadacentral", "Canada Central", true),
    region("francecentral", "France Central", true),
    region("germanywestcentral", "Germany West Central", true),
    region("italynorth", "Italy North", true),
    region("norwayeast", "Norway East", true),
    region("polandcentral", "Poland Central", true),
    region("spaincentral", "Spain Central", true),
    region("switzerlandnorth", "Switzerland North", true),
    region("uaenorth", "UAE North", true),
    region("brazilsouth", "Brazil South", true),
    region("israelcentral", "Israel Central", true),
    region("qatarcentral", "Qatar Central", true),
    region("northcentralus", "North Central US", false),
    region("westus", "West US", false),
    region("westcentralus", "West Central US", false),
    region("southindia", "South India", false),
    region("westindia", "West India", false),
    region("japanwest", "Japan West", false),
    region("koreasouth", "Korea South", false),
    region("canadaeast", "Canada East", false),
    region("australiasoutheast", "Australia Southeast", false),
    region("australiacentral", "Australia Central", false),
    region("ukwest", "UK West", false),
    region("francesouth", "France South", false),
    region("germanynorth", "Germany North", false),
    region("norwaywest", "Norway West", false),
    region("switzerlandwest", "Switzerland West", false),
    region("southafricawest", "South Africa West", false),
    region("uaecentral", "UAE Central", false),
    region("brazilsoutheast", "Brazil Southeast", false),
];

/// The region of that name or display name.
pub(crate) fn find(text: &str) -> Option<&'static Region> {
    let plain = normal(text);
    ALL.iter().find(|region| region.name == plain)
}

/// A region's text in lower case and without spaces, known or not.
pub(crate) fn normal(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_display_name_leads_to_its_name() {
        for region in ALL {
            assert_eq!(find(region.display), Some(region), "{}", region.display);
        }
        assert!(find("atlantis").is_none());
    }
}
