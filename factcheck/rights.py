"""Who may see and who may change which record. What readers see is changed by fewer people than what they do not see.

The rights of a role are for kinds of record; this is asked for the single one, by every page that writes.
"""

from django.apps import apps

from factcheck import door
from factcheck.models import Claim, Part, Tracked, User, Whole


def kinds_seen_by(user: User) -> list[type[Whole]]:
    """The kinds of record whose history the person may read: of others, it would tell what their pages hide."""

    def sees(kind: type[Whole]) -> bool:
        return any(user.has_perm(f"factcheck.{right}_{kind._meta.model_name}") for right in ("view", "change"))

    models = apps.get_app_config("factcheck").get_models()
    return [model for model in models if issubclass(model, Whole) and sees(model)]


def whole_of(record: Tracked) -> Whole:
    """The whole that a record is, or is a part of."""
    while isinstance(record, Part):
        record = getattr(record, record.link)
    assert isinstance(record, Whole)
    return record


def may_change(user: User, record: Tracked) -> bool:
    """Whether the person may change the record, as it is now: for what readers see they need a right of its own."""
    return _has(user, "change", record) and is_open_to(user, record)


def may_delete(user: User, record: Tracked) -> bool:
    return _has(user, "delete", record) and is_open_to(user, record)


def may_add_to(user: User, claim: Claim) -> bool:
    """Whether the person may add appearances to the claim."""
    if not user.has_perm("factcheck.add_appearance"):
        return False
    return is_open_to(user, claim) or user.has_perm("factcheck.add_to_public")


def is_open_to(user: User, record: Tracked) -> bool:
    """Whether readers do not see the record, or the person may change what they see.

    An account is never a matter of readers, though they see its public name under a review.
    """
    whole = whole_of(record)
    return (
        isinstance(whole, User)
        or user.has_perm("factcheck.change_public")
        or not door.public_ids([(type(whole), whole.pk)])
    )


def _has(user: User, action: str, record: Tracked) -> bool:
    return user.has_perm(f"factcheck.{action}_{record._meta.model_name}")
