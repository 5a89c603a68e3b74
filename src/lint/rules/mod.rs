//! The rules, a file each.

use crate::lint::rule::Rule;

mod boots_shallow_version;
mod disallowed_disk_type;
mod disk_twice;
mod encryption_in_some_regions;
mod encryption_set_elsewhere;
mod end_of_life_missing;
mod end_of_life_passed;
mod exclusion_undone;
mod identifier_twice;
mod image_near_end_of_life;
mod image_not_in_region;
mod lun_twice;
mod never_latest;
mod not_where_its_gallery_is;
mod number_too_large;
mod os_disk_not_cached;
mod own_region_missing;
mod protected_and_replaced;
mod region_twice;
mod removal_held_back;
mod removed_in_use;
mod resize_timeout_too_short;
mod shallow_with_more;
mod size_not_recommended;
mod source_does_not_fit;
mod source_in_other_region;
mod too_few_replicas;
mod too_many_replicas;

/// Every rule, by its code.
pub static ALL: &[&Rule] = &[
    &identifier_twice::RULE,
    &not_where_its_gallery_is::RULE,
    &disk_twice::RULE,
    &encryption_in_some_regions::RULE,
    &encryption_set_elsewhere::RULE,
    &end_of_life_missing::RULE,
    &exclusion_undone::RULE,
    &never_latest::RULE,
    &number_too_large::RULE,
    &own_region_missing::RULE,
    &region_twice::RULE,
    &removal_held_back::RULE,
    &removed_in_use::RULE,
    &shallow_with_more::RULE,
    &source_does_not_fit::RULE,
    &too_few_replicas::RULE,
    &too_many_replicas::RULE,
    &lun_twice::RULE,
    &os_disk_not_cached::RULE,
    &boots_shallow_version::RULE,
    &disallowed_disk_type::RULE,
    &image_near_end_of_life::RULE,
    &image_not_in_region::RULE,
    &protected_and_replaced::RULE,
    &resize_timeout_too_short::RULE,
    &size_not_recommended::RULE,
    &end_of_life_passed::RULE,
    &source_in_other_region::RULE,
];
