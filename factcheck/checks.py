"""System checks: rules of the history that a later change to the models or the database could break unseen."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.db import connections, models

from factcheck import captures, triggers
from factcheck.models.history import Part, Tracked, TrackedQuerySet
from factcheck.search import backends


def foreign_keys_keep_history(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Every write is in the history: querysets that refuse to write, and cascades only from a whole to its parts."""
    problems: list[CheckMessage] = []
    for model in apps.get_models():
        if not issubclass(model, Tracked):
            continue
        if not isinstance(model._base_manager.all(), TrackedQuerySet):
            problems.append(
                Error(
                    f"{model._meta.label}.objects has to come from a TrackedQuerySet.",
                    hint="Other querysets would write without a Change.",
                    obj=model,
                    id="factcheck.E003",
                )
            )
        for field in model._meta.concrete_fields:
            if not isinstance(field, models.ForeignKey):
                continue
            is_link = issubclass(model, Part) and field.name == model.link
            wanted = models.CASCADE if is_link else models.PROTECT
            if field.remote_field.on_delete is not wanted:
                problems.append(
                    Error(
                        f"{model._meta.label}.{field.name} has to be on_delete={wanted.__name__}.",
                        hint="A part follows what it belongs to; every other deletion has to be refused.",
                        obj=field,
                        id="factcheck.E001",
                    )
                )
    return problems


def triggers_present(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """SQLite loses triggers when a table is rebuilt, and an owner can disable PostgreSQL's.

    A warning: `migrate` asks this before the migration that would make them, and an error would stop it.
    """
    return [
        Warning(
            f"Trigger {name} is missing from database “{alias}”, or not what it has to be.",
            hint="Run manage.py installtriggers. A migration that alters a table ends with factcheck.triggers.back().",
            id="factcheck.W002",
        )
        for alias in kwargs.get("databases") or []
        for name in (*triggers.missing(connections[alias]), *triggers.outdated(connections[alias]))
    ]


def captures_are_not_served(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Everybody gets what lies among the static files; a capture is for the desk alone."""
    served = [Path(settings.STATIC_ROOT), Path(__file__).resolve().parent / "static"]
    if not any(captures.root().resolve().is_relative_to(folder.resolve()) for folder in served):
        return []
    return [
        Error(
            f"MEDIA_ROOT, {settings.MEDIA_ROOT}, is among the static files, which everybody gets.",
            hint="Choose a folder outside.",
            id="factcheck.E004",
        )
    ]


def similarity_backend_is_there(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Otherwise the first claim that is saved, or asked about, would find out."""
    try:
        backends.chosen()
    except Exception as error:  # whatever a module of somebody else's raises
        why = str(error) or type(error).__name__
        return [
            Error(
                f"SIMILARITY_BACKEND, {settings.SIMILARITY_BACKEND}, cannot be used: {why}",
                hint="It is the dotted path of a subclass of factcheck.search.backends.SimilarityBackend, or empty.",
                id="factcheck.E005",
            )
        ]
    return []
