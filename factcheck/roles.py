"""The desk's roles: groups with permissions, which a migration makes."""

from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

ALL = ("view", "add", "change", "delete")
WRITE = ("view", "add", "change")
RECORDS = (
    "publisher", "claimant", "article", "articletext", "topic", "claim", "appearance", "relay", "claimtopic",
    "claimrelation", "rating", "review", "evidence", "replyrequest", "correction", "page", "change",
)  # fmt: skip

SOURCES = ("publisher", "claimant", "article", "articletext", "topic")
CLAIMS = ("claim", "appearance", "relay", "claimtopic", "claimrelation")
REVIEWS = ("review", "evidence", "replyrequest")


def _permissions(actions: tuple[str, ...], records: tuple[str, ...]) -> set[str]:
    return {f"{action}_{record}" for action in actions for record in records}


_view = _permissions(("view",), RECORDS)
_record = (
    _view | _permissions(WRITE, SOURCES) | _permissions(ALL, CLAIMS) | _permissions(ALL, REVIEWS) | {"assign_claim"}
)
_review = _record | {"submit_review", "decline_claim"}
_edit = (
    _review
    | _permissions(ALL, SOURCES)
    | _permissions(WRITE, ("rating", "page", "correction"))
    | {"approve_review", "withdraw_review", "list_claim", "see_protected_identity"}
)

ROLES: dict[str, set[str]] = {
    "Viewer": _view,
    "Researcher": _record,
    "Reviewer": _review,
    "Editor": _edit,
    "Administrator": {"view_change", *_permissions(WRITE, ("user", "membership", "directpermission"))},
}


def give_permissions(apps: Apps) -> None:
    """Makes the groups, and gives each the permissions of its role that are there at this point of the migrations."""
    group_model = apps.get_model("auth", "Group")
    permission_model = apps.get_model("auth", "Permission")
    for name, codenames in ROLES.items():
        group, _ = group_model.objects.get_or_create(name=name)
        found = permission_model.objects.filter(content_type__app_label="factcheck", codename__in=codenames)
        group.permissions.set(found)


def make_roles(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """For a migration that adds a permission: Django makes them after all migrations, the roles need them now."""
    for name in ("factcheck", "auth"):
        config = apps.get_app_config(name)
        config.models_module = True  # type: ignore[assignment]
        create_permissions(config, apps=apps, verbosity=0, using=schema_editor.connection.alias)
        config.models_module = None
    give_permissions(apps)
