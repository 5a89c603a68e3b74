//! How the values of options are read. Knows no command.

use std::time::Duration;

use crate::model::address::Address;
use crate::model::duration;
use crate::model::resource_id::ResourceId;

pub(crate) fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("NAME=VALUE is expected".to_owned()),
    }
}

pub(crate) fn address(text: &str) -> Result<Address, String> {
    Address::parse(text)
        .ok_or("an address such as pool/main/render is expected; `plan` shows them".to_owned())
}

pub(crate) fn resource_id(text: &str) -> Result<ResourceId, String> {
    ResourceId::parse(text).map_err(|error| error.to_string())
}

/// `90s`, `45m`, `5h`, `1h30m`, or an ISO 8601 duration.
pub(crate) fn length_of_time(text: &str) -> Result<Duration, String> {
    let iso = if text.starts_with('P') { text.to_owned() } else { format!("PT{}", text.to_uppercase()) };
    match duration::seconds(&iso) {
        Some(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds)),
        _ => Err("a length of time such as 90s, 45m, 5h or 1h30m is expected".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn lengths_of_time_are_read() {
        let seconds = |text| super::length_of_time(text).ok().map(|length| length.as_secs());
        assert_eq!(seconds("5h"), Some(18_000));
        assert_eq!(seconds("1h30m"), Some(5_400));
        assert_eq!(seconds("PT15M"), Some(900));
        assert_eq!((seconds("5"), seconds("0s"), seconds("-1m")), (None, None, None));
    }
}
