"""azure-mgmt-compute: from a disk to an image version that is in two regions."""

from azure.core.exceptions import ResourceNotFoundError
from azure.mgmt.compute import ComputeManagementClient, models

from check import check, equal, holds, refused, run
from cloud import manager
from names import (
    DEFINITION,
    DISK,
    GALLERY,
    GROUP,
    IMAGE,
    IMAGE_ID,
    LOCATION,
    SNAPSHOT,
    SNAPSHOT_ID,
    SUBSCRIPTION,
    VERSION,
    VERSION_ID,
)

compute = manager(ComputeManagementClient, SUBSCRIPTION)


def regions(version):
    """What a version's replication says, by region."""
    return {each.region: each.state for each in version.replication_status.summary}


def regions_wanted(**replicas):
    """Target regions, with how many replicas each."""
    return [
        models.TargetRegion(name=name, regional_replica_count=count, storage_account_type="Standard_LRS")
        for name, count in replicas.items()
    ]


def version_of(source, **replicas):
    """A version of the managed image, to be copied to these regions."""
    return models.GalleryImageVersion(
        location=LOCATION,
        publishing_profile=models.GalleryImageVersionPublishingProfile(
            # Without a type, api-versions from 2025-03-03 on let a strategy choose one by region.
            target_regions=regions_wanted(**replicas),
            storage_account_type="Standard_LRS",
        ),
        storage_profile=models.GalleryImageVersionStorageProfile(
            source=models.GalleryArtifactVersionFullSource(id=source)
        ),
    )


@check
def a_snapshot_is_a_copy_of_the_disk():
    wanted = models.Snapshot(
        location=LOCATION,
        hyper_v_generation="V2",
        creation_data=models.CreationData(create_option="Copy", source_resource_id=DISK),
    )
    made = compute.snapshots.begin_create_or_update(GROUP, SNAPSHOT, wanted).result()
    equal((made.id, made.provisioning_state, made.os_type), (SNAPSHOT_ID, "Succeeded", "Linux"))
    equal((made.disk_size_gb, made.creation_data.source_resource_id), (30, DISK))


@check
def a_managed_image_is_made_of_the_snapshot():
    disk = models.ImageOSDisk(
        os_type="Linux", os_state="Generalized", snapshot=models.SubResource(id=SNAPSHOT_ID)
    )
    wanted = models.Image(
        location=LOCATION, hyper_v_generation="V2", storage_profile=models.ImageStorageProfile(os_disk=disk)
    )
    made = compute.images.begin_create_or_update(GROUP, IMAGE, wanted).result()
    equal((made.id, made.provisioning_state, made.hyper_v_generation), (IMAGE_ID, "Succeeded", "V2"))
    equal(made.storage_profile.os_disk.snapshot.id, SNAPSHOT_ID)


@check
def a_gallery_is_made_and_changed():
    made = compute.galleries.begin_create_or_update(GROUP, GALLERY, models.Gallery(location=LOCATION)).result()
    equal(made.provisioning_state, "Succeeded")
    holds(made.identifier.unique_name.lower().endswith(GALLERY.lower()), made.identifier.unique_name)
    changed = compute.galleries.begin_update(
        GROUP, GALLERY, models.GalleryUpdate(description="made by clients")
    ).result()
    equal((changed.description, changed.provisioning_state), ("made by clients", "Succeeded"))
    equal([each.name for each in compute.galleries.list_by_resource_group(GROUP)], [GALLERY])


@check
def an_image_definition_keeps_what_it_is_told():
    wanted = models.GalleryImage(
        location=LOCATION,
        os_type="Linux",
        os_state="Generalized",
        hyper_v_generation="V2",
        identifier=models.GalleryImageIdentifier(publisher="contoso", offer="clients", sku="ubuntu"),
    )
    made = compute.gallery_images.begin_create_or_update(GROUP, GALLERY, DEFINITION, wanted).result()
    equal((made.os_type, made.os_state, made.hyper_v_generation), ("Linux", "Generalized", "V2"))
    equal((made.identifier.publisher, made.provisioning_state), ("contoso", "Succeeded"))


@check
def a_version_is_copied_to_every_region_named():
    made = compute.gallery_image_versions.begin_create_or_update(
        GROUP, GALLERY, DEFINITION, VERSION, version_of(IMAGE_ID, eastus=2, westeurope=1)
    ).result()
    equal((made.id, made.provisioning_state), (VERSION_ID, "Succeeded"))
    equal(
        [(each.name, each.regional_replica_count) for each in made.publishing_profile.target_regions],
        [("East US", 2), ("West Europe", 1)],
    )
    equal((made.storage_profile.source.id, made.replication_status), (IMAGE_ID, None))


@check
def its_replication_is_told_to_who_asks():
    found = compute.gallery_image_versions.get(GROUP, GALLERY, DEFINITION, VERSION, expand="ReplicationStatus")
    equal(found.replication_status.aggregated_state, "Completed")
    equal(regions(found), {"East US": "Completed", "West Europe": "Completed"})


@check
def a_region_is_added_by_an_update():
    wanted = models.GalleryImageVersionUpdate(
        publishing_profile=models.GalleryImageVersionPublishingProfile(
            target_regions=regions_wanted(eastus=2, westeurope=1, westus2=1)
        ),
        storage_profile=models.GalleryImageVersionStorageProfile(),
    )
    poller = compute.gallery_image_versions.begin_update(GROUP, GALLERY, DEFINITION, VERSION, wanted)
    equal(poller.result().storage_profile.source.id, IMAGE_ID)
    found = compute.gallery_image_versions.get(GROUP, GALLERY, DEFINITION, VERSION, expand="ReplicationStatus")
    equal(regions(found), {"East US": "Completed", "West Europe": "Completed", "West US 2": "Completed"})


@check
def versions_are_listed_under_their_image():
    equal(
        [each.name for each in compute.gallery_image_versions.list_by_gallery_image(GROUP, GALLERY, DEFINITION)],
        [VERSION],
    )


@check
def what_is_missing_is_not_found():
    refused(lambda: compute.images.get(GROUP, "missing"), 404, "ResourceNotFound", ResourceNotFoundError)
    refused(
        lambda: compute.galleries.get("missing", GALLERY), 404, "ResourceGroupNotFound", ResourceNotFoundError
    )


@check
def a_version_of_a_missing_source_is_refused():
    refused(
        lambda: compute.gallery_image_versions.begin_create_or_update(
            GROUP, GALLERY, DEFINITION, "2.0.0", version_of(f"{IMAGE_ID}-missing", eastus=1)
        ).result(),
        404,
        "NotFound",
    )


@check
def a_gallery_that_holds_an_image_is_not_deleted():
    refused(lambda: compute.galleries.begin_delete(GROUP, GALLERY).result(), 409, "CannotDeleteResource")


if __name__ == "__main__":
    run()
