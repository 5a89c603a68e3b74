//! The rules, a file each.

use crate::lint::rule::Rule;

mod image_not_in_region;
mod resize_timeout_too_short;
mod too_few_replicas;

/// Every rule, by its code.
pub static ALL: &[&Rule] =
    &[&too_few_replicas::RULE, &image_not_in_region::RULE, &resize_timeout_too_short::RULE];
