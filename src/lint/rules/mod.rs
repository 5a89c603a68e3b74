//! The rules, a file each.

use crate::lint::rule::Rule;

mod accelerated_networking_unsupported;
mod account_not_writable;
mod account_without_entra;
mod automatic_upgrade_interrupts_tasks;
mod automatic_upgrade_of_a_pinned_image;
mod automatic_upgrade_with_windows_updates;
mod away_from_shared_gallery;
mod batch_not_registered;
mod boots_shallow_version;
mod confidential_vm_disk;
mod confidential_vm_size;
mod core_quota_exceeded;
mod cross_zone_upgrade_without_zones;
mod data_disk_lun_of_image;
mod data_disk_lun_twice;
mod data_disk_not_mounted;
mod data_disk_without_caching;
mod disallowed_disk_type;
mod disk_encryption_incomplete;
mod disk_encryption_on_linux;
mod disk_twice;
mod encrypted_and_shared;
mod encryption_in_some_regions;
mod encryption_set_elsewhere;
mod encryption_set_of_batch_service;
mod end_of_life_missing;
mod end_of_life_passed;
mod ephemeral_disk_on_spot;
mod evaluation_interval_out_of_range;
mod exclusion_undone;
mod fixed_and_auto_scale;
mod fixed_scale_without_target;
mod formula_sets_no_target;
mod formula_too_long;
mod formula_without_bound;
mod identifier_twice;
mod identity_missing;
mod image_disks_not_accessible;
mod image_in_another_subscription;
mod image_near_end_of_life;
mod image_needs_security_type;
mod image_not_in_region;
mod image_not_readable;
mod image_of_another_tenant;
mod inbound_port_reserved;
mod inbound_range_unusable;
mod inbound_twice;
mod incomplete_purchase_plan;
mod lets_in_too_many;
mod lun_twice;
mod never_latest;
mod no_public_ip_with_endpoints;
mod no_public_ip_without_subnet;
mod node_agent_of_another_system;
mod node_agent_retired;
mod node_agent_retiring;
mod node_agent_unknown;
mod nodes_of_old;
mod not_where_its_gallery_is;
mod number_too_large;
mod only_spot_nodes;
mod os_disk_not_cached;
mod os_disk_smaller_than_image;
mod own_region_missing;
mod pool_quota_exceeded;
mod protected_and_replaced;
mod published_by_itself;
mod region_twice;
mod removal_held_back;
mod removed_in_use;
mod resize_timeout_below_minimum;
mod resize_timeout_too_short;
mod security_type_not_in_image;
mod several_tenants;
mod shallow_with_more;
mod sharing_not_permitted;
mod size_not_recommended;
mod source_disk_too_large;
mod source_does_not_fit;
mod source_encrypted_inside;
mod source_in_other_region;
mod source_missing;
mod source_not_permitted;
mod source_with_extensions;
mod source_with_unmanaged_disks;
mod specialized_image;
mod start_task_not_waited_for;
mod start_task_without_shell;
mod too_few_public_ips;
mod too_few_replicas;
mod too_many_communicating_nodes;
mod too_many_inbound_rules;
mod too_many_replicas;
mod too_many_task_slots;
mod uefi_without_security_type;
mod unversioned_image;
mod upgrade_batch_too_large;
mod version_called_latest;
mod vm_size_needs_nvme;
mod vm_size_not_offered;
mod vm_size_of_another_architecture;
mod vm_size_of_another_generation;
mod vm_size_retired;
mod vm_size_retiring;
mod vm_size_without_ephemeral_disk;
mod vm_size_without_trusted_launch;
mod windows_settings_on_linux;
mod wrong_subnet;
mod zones_missing;

/// Every rule, by its code.
pub static ALL: &[&Rule] = &[
    &lets_in_too_many::RULE,
    &sharing_not_permitted::RULE,
    &identifier_twice::RULE,
    &incomplete_purchase_plan::RULE,
    &not_where_its_gallery_is::RULE,
    &away_from_shared_gallery::RULE,
    &disk_twice::RULE,
    &encrypted_and_shared::RULE,
    &encryption_in_some_regions::RULE,
    &encryption_set_elsewhere::RULE,
    &end_of_life_missing::RULE,
    &exclusion_undone::RULE,
    &never_latest::RULE,
    &number_too_large::RULE,
    &own_region_missing::RULE,
    &published_by_itself::RULE,
    &region_twice::RULE,
    &removal_held_back::RULE,
    &removed_in_use::RULE,
    &shallow_with_more::RULE,
    &source_disk_too_large::RULE,
    &source_does_not_fit::RULE,
    &source_encrypted_inside::RULE,
    &source_missing::RULE,
    &source_not_permitted::RULE,
    &source_with_extensions::RULE,
    &source_with_unmanaged_disks::RULE,
    &too_few_replicas::RULE,
    &too_many_replicas::RULE,
    &zones_missing::RULE,
    &lun_twice::RULE,
    &os_disk_not_cached::RULE,
    &accelerated_networking_unsupported::RULE,
    &account_not_writable::RULE,
    &account_without_entra::RULE,
    &automatic_upgrade_interrupts_tasks::RULE,
    &automatic_upgrade_of_a_pinned_image::RULE,
    &automatic_upgrade_with_windows_updates::RULE,
    &batch_not_registered::RULE,
    &boots_shallow_version::RULE,
    &confidential_vm_disk::RULE,
    &confidential_vm_size::RULE,
    &core_quota_exceeded::RULE,
    &cross_zone_upgrade_without_zones::RULE,
    &data_disk_lun_of_image::RULE,
    &data_disk_lun_twice::RULE,
    &data_disk_not_mounted::RULE,
    &data_disk_without_caching::RULE,
    &disallowed_disk_type::RULE,
    &disk_encryption_incomplete::RULE,
    &disk_encryption_on_linux::RULE,
    &encryption_set_of_batch_service::RULE,
    &ephemeral_disk_on_spot::RULE,
    &evaluation_interval_out_of_range::RULE,
    &fixed_and_auto_scale::RULE,
    &fixed_scale_without_target::RULE,
    &formula_sets_no_target::RULE,
    &formula_too_long::RULE,
    &formula_without_bound::RULE,
    &image_disks_not_accessible::RULE,
    &image_in_another_subscription::RULE,
    &image_near_end_of_life::RULE,
    &image_needs_security_type::RULE,
    &image_not_in_region::RULE,
    &image_not_readable::RULE,
    &image_of_another_tenant::RULE,
    &inbound_port_reserved::RULE,
    &inbound_range_unusable::RULE,
    &inbound_twice::RULE,
    &no_public_ip_with_endpoints::RULE,
    &no_public_ip_without_subnet::RULE,
    &node_agent_of_another_system::RULE,
    &node_agent_retired::RULE,
    &node_agent_retiring::RULE,
    &node_agent_unknown::RULE,
    &nodes_of_old::RULE,
    &only_spot_nodes::RULE,
    &os_disk_smaller_than_image::RULE,
    &pool_quota_exceeded::RULE,
    &protected_and_replaced::RULE,
    &resize_timeout_below_minimum::RULE,
    &resize_timeout_too_short::RULE,
    &security_type_not_in_image::RULE,
    &size_not_recommended::RULE,
    &specialized_image::RULE,
    &start_task_not_waited_for::RULE,
    &start_task_without_shell::RULE,
    &too_few_public_ips::RULE,
    &too_many_communicating_nodes::RULE,
    &too_many_inbound_rules::RULE,
    &too_many_task_slots::RULE,
    &uefi_without_security_type::RULE,
    &unversioned_image::RULE,
    &upgrade_batch_too_large::RULE,
    &version_called_latest::RULE,
    &vm_size_needs_nvme::RULE,
    &vm_size_not_offered::RULE,
    &vm_size_of_another_architecture::RULE,
    &vm_size_of_another_generation::RULE,
    &vm_size_retired::RULE,
    &vm_size_retiring::RULE,
    &vm_size_without_ephemeral_disk::RULE,
    &vm_size_without_trusted_launch::RULE,
    &windows_settings_on_linux::RULE,
    &wrong_subnet::RULE,
    &end_of_life_passed::RULE,
    &identity_missing::RULE,
    &several_tenants::RULE,
    &source_in_other_region::RULE,
];
