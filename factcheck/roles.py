"""The desk's roles: groups with permissions, which a migration makes. README.md says what each role may do."""

from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import DEFAULT_DB_ALIAS
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

ALL = ("view", "add", "change", "delete")
WRITE = ("view", "add", "change")
RECORDS = (
    "publisher", "claimant", "article", "articletext", "topic", "claim", "appearance", "relay", "claimtopic",
    "claimrelation", "rating", "review", "evidence", "replyrequest", "correction", "page", "change",
)  # fmt: skip

SOURCES = ("publisher", "claimant", "article", "topic")
CLAIMS = ("claim", "appearance", "relay", "claimtopic", "claimrelation")


def _permissions(actions: tuple[str, ...], records: tuple[str, ...]) -> set[str]:
    return {f"{action}_{record}" for action in actions for record in records}


_view = _permissions(("view",), RECORDS)
_record = (
    _view
    | _permissions(WRITE, (*SOURCES, "review"))
    | _permissions(ALL, (*CLAIMS, "evidence", "replyrequest"))
    | {"add_articletext"}
)
_review = _record | {"add_to_public", "submit_review", "decline_claim"}
_edit = (
    _review
    | _permissions(ALL, SOURCES)
    | _permissions(WRITE, ("rating", "page", "correction"))
    | {"delete_articletext", "change_public", "approve_review", "withdraw_review", "list_claim"}
    | {"see_protected_identity"}
)

ROLES: dict[str, set[str]] = {
    "Viewer": _view,
    "Researcher": _record,
    "Reviewer": _review,
    "Editor": _edit,
    "Administrator": {
        "view_change",
        *_permissions(WRITE, ("user",)),
        *_permissions(ALL, ("membership", "directpermission")),
    },
}


def give_permissions(apps: Apps, using: str = DEFAULT_DB_ALIAS) -> None:
    """Makes the groups, and gives each the permissions of its role: exactly those that the models of `apps` have.

    A migration that adds a permission to a role calls this anew; at an earlier one it is not there yet.
    """
    for name in ("factcheck", "auth"):
        # Django makes permissions after all migrations, and only for apps that seem to have models.
        config = apps.get_app_config(name)
        module = getattr(config, "models_module", None)
        config.models_module = module or True  # type: ignore[assignment]
        create_permissions(config, apps=apps, verbosity=0, using=using)
        config.models_module = module
    group_model = apps.get_model("auth", "Group")
    permission_model = apps.get_model("auth", "Permission")
    for name, codenames in ROLES.items():
        group, _ = group_model.objects.using(using).get_or_create(name=name)
        found = permission_model.objects.using(using).filter(
            content_type__app_label="factcheck", codename__in=codenames
        )
        group.permissions.set(found)


def make_roles(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """For the migrations that add a permission."""
    give_permissions(apps, schema_editor.connection.alias)
