"""The database's check constraints, asked of a row before it is written.

The rule stands once, as a constraint of the model; this reads its condition as the database would, three-valued logic
included, so that a file's mistakes are all found before the first write, and a form asks the database only about rules
that are broken: Django asks it about each rule of each row, in three statements.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from django.db.models import BaseConstraint, CheckConstraint, F, Model, Q

# Rules about ids, which a file does not know.
NOT_OF_FILES = {"claimrelation_symmetric_in_order"}


def broken_rules(model: type[Model], values: Mapping[str, Any]) -> list[CheckConstraint]:
    """The check constraints that a row of these columns would break; a column that is missing has its default."""
    row = {field.name: field.get_default() for field in model._meta.concrete_fields} | dict(values)
    return [
        rule
        for rule in model._meta.constraints
        if isinstance(rule, CheckConstraint)
        and rule.name not in NOT_OF_FILES
        and isinstance(rule.condition, Q)
        and holds(rule.condition, row) is False
    ]


def is_kept(rule: BaseConstraint, record: Model) -> bool:
    """Whether the record surely keeps the rule; False where only the database can tell."""
    if not isinstance(rule, CheckConstraint) or not isinstance(rule.condition, Q):
        return False
    row = {field.name: getattr(record, field.attname) for field in record._meta.concrete_fields}
    try:
        return holds(rule.condition, row) is not False
    except (NotImplementedError, TypeError, ValueError, KeyError):
        return False


def columns_of(condition: Q) -> set[str]:
    """The columns that a condition asks about."""
    found: set[str] = set()
    for child in condition.children:
        if isinstance(child, Q):
            found |= columns_of(child)
        else:
            path, wanted = cast(tuple[str, Any], child)
            found |= {path.split("__")[0], *([cast(Any, wanted).name] if isinstance(wanted, F) else [])}
    return found


def holds(condition: Q, row: Mapping[str, Any]) -> bool | None:
    """Whether the condition is true of the row; None where SQL would say NULL."""
    results = [
        holds(child, row) if isinstance(child, Q) else _compare(child[0], child[1], row)  # type: ignore[index]
        for child in condition.children
    ]
    result: bool | None
    if condition.connector == Q.OR:
        result = True if True in results else None if None in results else False
    elif condition.connector == Q.AND:
        result = False if False in results else None if None in results else True
    else:
        raise NotImplementedError(f"connector {condition.connector}")
    return result if result is None or not condition.negated else not result


def _compare(path: str, wanted: Any, row: Mapping[str, Any]) -> bool | None:
    name, *lookups = path.split("__")
    value = row[name]
    if isinstance(wanted, F):
        wanted = row[cast(Any, wanted).name]
    if lookups == ["isnull"]:
        return (value is None) is wanted
    if value is None or wanted is None:
        return None
    while len(lookups) > 1 or lookups in (["length"], ["day"], ["month"]):
        transform = lookups.pop(0)
        value = len(value) if transform == "length" else getattr(_date(value), transform)
    match lookups:
        case [] | ["exact"]:
            return bool(value == wanted)
        case ["in"]:
            return value in wanted
        case ["regex"]:
            return re.search(wanted, value) is not None
        case ["lte"]:
            return bool(value <= wanted)
        case ["lt"]:
            return bool(value < wanted)
        case ["gte"]:
            return bool(value >= wanted)
        case ["gt"]:
            return bool(value > wanted)
    raise NotImplementedError(f"lookup {path}")


def _date(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value
