"""What models say to people can be said in another language."""

import json

import pytest
from django.apps import apps
from django.utils.functional import Promise

from factcheck.models import dates
from factcheck.models.scale import SEEDED
from tests import engines

OWN = [model for model in apps.get_app_config("factcheck").get_models() if not model._meta.auto_created]


@pytest.mark.parametrize("model", OWN, ids=lambda model: model.__name__)
def test_names_and_help_of_a_record_are_marked(model):
    given = model._meta.original_attrs  # Django would make up what is not
    said = {f"Meta.{name}": given.get(name) for name in ("verbose_name", "verbose_name_plural")}
    for field in model._meta.get_fields():
        if not hasattr(field, "verbose_name") or isinstance(field, dates.PrecisionField) or field.auto_created:
            continue
        said[f"{field.name}.verbose_name"] = field.verbose_name
        if field.help_text:
            said[f"{field.name}.help_text"] = field.help_text
        for value, label in field.flatchoices:
            said[f"{field.name}={value}"] = label

    assert {where: words for where, words in said.items() if not isinstance(words, Promise)} == {}


@pytest.mark.parametrize("model", OWN, ids=lambda model: model.__name__)
def test_messages_of_rules_are_marked(model):
    said = {rule.name: rule.violation_error_message for rule in model._meta.constraints}

    assert {name: words for name, words in said.items() if not isinstance(words, Promise)} == {}


def test_the_scale_that_is_shipped_can_be_translated():
    shipped = json.loads((engines.PROJECT / "seeds/scale.json").read_text())["ratings"]

    assert [(rating["label"], rating["definition"]) for rating in shipped] == list(SEEDED)
