"""What the desk's front page shows beside the list of records."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.apps import apps
from django.urls import NoReverseMatch, reverse

from factcheck import actions
from factcheck import desk_script as script
from factcheck.models import Change, Rating, User, Whole

register = template.Library()


@register.simple_tag
def scale_is_there() -> bool:
    return Rating.objects.exists()


@register.simple_tag
def desk_script() -> str:
    return script.SCRIPT.render()


@register.filter
def action_words(action: str) -> str:
    """What was done to a record, in the reader's language."""
    return actions.words(action)


@register.filter
def seen_name(record: Whole) -> str:
    """The hidden field in which a page carries the version that it shows of a record."""
    return f"seen-{record._meta.model_name}-{record.pk}"


@register.simple_tag
def latest_changes_of(user: User, count: int = 10) -> list[dict[str, Any]]:
    """A person's last changes, the newest first."""
    return shown_changes(Change.objects.filter(actor=user.pk).order_by("-at", "-id")[:count])


@register.filter
def shown_changes(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """Each with the page of its record if that can still be there."""
    return [
        {
            "action": change.action,
            "actor": change.actor_name,
            "at": change.at,
            "slug": change.slug,
            "kind": _kind(change),
            "address": _address(change),
        }
        for change in changes
    ]


def _kind(change: Change) -> str:
    try:
        return str(apps.get_model("factcheck", change.whole_type)._meta.verbose_name)
    except LookupError:
        return change.whole_type


def _address(change: Change) -> str:
    try:
        return reverse(f"admin:factcheck_{change.whole_type}_change", args=[change.whole_id])
    except NoReverseMatch:
        return ""
