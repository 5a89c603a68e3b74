"""azure-mgmt-authorization: a role on the gallery for the service principal, as the document asks for."""

import uuid

from azure.core.exceptions import ResourceExistsError
from azure.mgmt.authorization import AuthorizationManagementClient

from check import check, equal, holds, refused, run
from cloud import manager
from names import GALLERY_ID, PRINCIPAL, SUBSCRIPTION

NAME = str(uuid.uuid5(uuid.NAMESPACE_URL, GALLERY_ID))
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"

authorization = manager(AuthorizationManagementClient, SUBSCRIPTION)


def the_role():
    """The definition of Reader, found by its name as people do."""
    return list(authorization.role_definitions.list(GALLERY_ID, filter="roleName eq 'Reader'"))


def assignment(name=NAME):
    """Asks for the role."""
    return authorization.role_assignments.create(
        GALLERY_ID,
        name,
        {"role_definition_id": the_role()[0].id, "principal_id": PRINCIPAL, "principal_type": "ServicePrincipal"},
    )


@check
def a_role_is_found_by_its_name():
    found = the_role()
    equal([(each.name, each.role_type) for each in found], [(READER, "BuiltInRole")])


@check
def the_role_is_assigned_on_the_gallery():
    made = assignment()
    equal((made.name, made.principal_id, made.principal_type), (NAME, PRINCIPAL, "ServicePrincipal"))
    equal((made.scope.lower(), made.role_definition_id.rsplit("/", 1)[1]), (GALLERY_ID.lower(), READER))


@check
def the_same_role_under_another_name_is_there_already():
    refused(lambda: assignment(str(uuid.uuid4())), 409, "RoleAssignmentExists", ResourceExistsError)


@check
def it_is_listed_at_its_scope():
    found = list(authorization.role_assignments.list_for_scope(GALLERY_ID, filter=f"principalId eq '{PRINCIPAL}'"))
    holds(NAME in [each.name for each in found], [each.name for each in found])


@check
def another_one_is_deleted_twice_without_complaint():
    scope = f"/subscriptions/{SUBSCRIPTION}"
    name = str(uuid.uuid4())
    authorization.role_assignments.create(
        scope,
        name,
        {"role_definition_id": the_role()[0].id, "principal_id": str(uuid.uuid4()), "principal_type": "User"},
    )
    equal(authorization.role_assignments.delete(scope, name).name, name)
    equal(authorization.role_assignments.delete(scope, name), None)


if __name__ == "__main__":
    run()
