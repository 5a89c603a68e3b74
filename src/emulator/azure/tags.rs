//! Tags, by the rules that all resources share.
//! Keys keep their case; values are text.

use serde_json::Value;

use crate::emulator::call::{Failure, Result};

/// Refuses tags that ARM refuses: no object, values that are no text, more than 50, names or values too long.
pub(crate) fn check(body: &Value) -> Result<()> {
    let tags = match &body["tags"] {
        Value::Null => return Ok(()),
        Value::Object(tags) => tags,
        _ => return Err(Failure::content("The value of 'tags' must be an object whose values are strings")),
    };
    if tags.len() > 50 {
        let text = format!(
            "The maximum number of tags allowed on a resource is 50. The number of tags provided is {}.",
            tags.len()
        );
        return Err(Failure::arm(400, "InvalidTags", text));
    }
    for (name, value) in tags {
        let Some(value) = value.as_str() else {
            return Err(Failure::content(&format!("The value of the tag '{name}' must be a string")));
        };
        if name.is_empty()
            || name.chars().count() > 512
            || name.contains(['<', '>', '%', '&', '\\', '?', '/'])
        {
            let text = format!(
                "The tag name '{name}' is not valid: a name has at most 512 characters and none of <>%&\\?/."
            );
            return Err(Failure::arm(400, "InvalidTagNameCharacters", text));
        }
        if value.chars().count() > 256 {
            let text = format!(
                "Tag value too large. Following tag value '{value}' exceeded the maximum length. Maximum allowed length for tag value - '256' characters."
            );
            return Err(Failure::arm(400, "InvalidTagValueLength", text));
        }
    }
    Ok(())
}
