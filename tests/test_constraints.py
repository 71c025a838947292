"""That the database itself refuses what must not be: each named constraint and trigger, past every check in Python.

`CASES` holds what breaks each rule and no other. A rule without a case fails `test_every_rule_has_a_case`.
"""

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import DataError, IntegrityError, connection, models, transaction
from django.db.models import BaseConstraint, CheckConstraint

from factcheck import history, trigger_rules, triggers
from factcheck.models import (
    Appearance,
    Article,
    CaptureFault,
    Change,
    Claim,
    Claimant,
    ClaimKind,
    Correction,
    DirectPermission,
    Edition,
    Evidence,
    FormerReference,
    Membership,
    Precision,
    PublicAddress,
    Publisher,
    Rating,
    RatingClass,
    RelationKind,
    ReplyRequest,
    Review,
    ReviewState,
    Searched,
    SearchRow,
    Severity,
    StatusBasis,
    Topic,
    Tracked,
    User,
)
from factcheck.rules import columns_of, holds
from tests.factories import (
    MIDNIGHT,
    AppearanceFactory,
    ArticleFactory,
    ArticleTextFactory,
    ClaimantFactory,
    ClaimFactory,
    ClaimRelationFactory,
    ClaimTopicFactory,
    CorrectionFactory,
    DirectPermissionFactory,
    EvidenceFactory,
    ImportedReviewFactory,
    PageFactory,
    PredictionFactory,
    PublisherFactory,
    RatingFactory,
    RelayFactory,
    ReplyRequestFactory,
    ReviewFactory,
    TopicFactory,
    UserFactory,
    change,
    desk,
    discarded_review,
    publish,
    published_review,
    rating,
    submit,
    submitted_review,
    superseded_review,
    withdrawn_review,
)

DAY = timedelta(days=1)
Write = Callable[[], Any]


@dataclass(frozen=True)
class Case:
    """`make` makes records, once for all cases that it is the same of; `rule` must refuse what `write` does with it."""

    rules: dict[str, str]  # by engine
    label: str
    make: Callable[[], Any]
    write: Callable[[Any], Any]

    @property
    def rule(self) -> str:
        return self.rules[connection.vendor]

    def __str__(self) -> str:
        return self.label


CASES: list[Case] = []


def add(rule: str, label: str, arrange: Callable[[], Write], **other_engine: str) -> None:
    """A case of `rule`; `sqlite=` or `postgresql=` names the rule that does its work where the engine has none."""
    add_write(rule, label, arrange, lambda write: write(), **other_engine)


def add_write(rule: str, label: str, make: Callable[[], Any], write: Callable[[Any], Any], **other_engine: str) -> None:
    rules = {"sqlite": rule, "postgresql": rule} | other_engine
    CASES.append(Case(rules, f"{rule}-{label}", make, write))


def add_updates(rule: str, make: Callable[[], models.Model], *updates: dict[str, Any]) -> None:
    """For each update a case that sets these columns of a new record."""
    for fields in updates:
        number = sum(case.rules["sqlite"] == rule for case in CASES) + 1
        label = f"{number}-{'-'.join(fields)}"
        add_write(rule, label, make, lambda record, fields=fields: put(record, **fields))


def breaks(rule: str, label: str = "1", **other_engine: str) -> Callable[[Callable[[], Write]], Callable[[], Write]]:
    def register(arrange: Callable[[], Write]) -> Callable[[], Write]:
        add(rule, label, arrange, **other_engine)
        return arrange

    return register


# Writing past Python


def run(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def put(record: models.Model, **fields: Any) -> None:
    """UPDATE of these columns with these values as they are; a callable is called with the record."""
    columns, values = [], []
    for name, value in fields.items():
        field = record._meta.get_field(name)
        value = value(record) if callable(value) else value
        value = value.pk if isinstance(value, models.Model) else value
        columns.append(f"{connection.ops.quote_name(field.column)} = %s")
        # CleanText would refuse here already
        values.append(value if isinstance(value, str) else field.get_db_prep_save(value, connection))
    run(f"UPDATE {record._meta.db_table} SET {', '.join(columns)} WHERE id = %s", *values, record.pk)


def remove(record: models.Model) -> None:
    run(f"DELETE FROM {record._meta.db_table} WHERE id = %s", record.pk)


def insert(record: models.Model) -> None:
    models.QuerySet.bulk_create(type(record)._base_manager.all(), [record])


def copy(record: models.Model, **fields: Any) -> models.Model:
    """An unsaved record with the same values but these."""
    values = {field.attname: getattr(record, field.attname) for field in record._meta.concrete_fields}
    values.pop("id")
    return type(record)(**values | fields)


def flush_deferred_checks() -> None:
    """PostgreSQL alters and truncates no table for which a foreign key is still to be checked."""
    connection.check_constraints()


def without_trigger(name: str) -> None:
    """Takes away the rule that would refuse first, until the test is rolled back."""
    flush_deferred_checks()
    table = next(trigger.table for trigger in triggers.expected(connection) if trigger.name == name)
    run(f"DROP TRIGGER {name}" + (f" ON {table}" if connection.vendor == "postgresql" else ""))


def expected_message(rule: str) -> str:
    constraint = constraints().get(rule)
    if constraint is None:
        return f"{rule}: "
    if connection.vendor == "postgresql":
        return f'constraint "{rule}"'
    if isinstance(constraint, CheckConstraint):
        return f"CHECK constraint failed: {rule}"
    model = model_of(rule)
    columns = [f"{model._meta.db_table}.{model._meta.get_field(name).column}" for name in constraint.fields]
    return f"UNIQUE constraint failed: {', '.join(columns) or f"index '{rule}'"}"


def constraints() -> dict[str, BaseConstraint]:
    return {
        constraint.name: constraint
        for model in apps.get_app_config("factcheck").get_models()
        for constraint in model._meta.constraints
    }


def model_of(rule: str) -> type[models.Model]:
    return next(
        model
        for model in apps.get_app_config("factcheck").get_models()
        if rule in {constraint.name for constraint in model._meta.constraints}
    )


# Slugs, addresses, hashes, languages, choices, dates: the same rules in many records

SLUGS = {
    "publisher": PublisherFactory,
    "claimant": ClaimantFactory,
    "article": ArticleFactory,
    "topic": TopicFactory,
    "claim": ClaimFactory,
    "rating": RatingFactory,
}
BAD_SLUGS = ("", "Capital", "two--hyphens", "-begins", "ends-", "two words", "line\n", "a_b", "їжа", "café")
for record, make in SLUGS.items():
    add_updates(f"{record}_slug_form", make, *({"slug": slug} for slug in BAD_SLUGS))
    add_updates(f"{record}_slug_not_reserved", make, {"slug": "changes"}, {"slug": "search"}, {"slug": "embed"})
    add(f"{record}_slug_unique", "1", lambda make=make: partial(put, make(), slug=make().slug))


def appearance_at_address() -> Appearance:
    return AppearanceFactory(article=None, address="https://post.example.org/1")


BAD_ADDRESSES = (
    "ftp://example.org/file",
    "javascript:alert(1)",
    "example.org",
    "http://",
    "https:///path",
    "https://two words.example.org/",
    "https://example.org/two words",
    "https://example.org/no-break\u00a0space",
    "https://example.org/line\n",
    "https://example.org\n",
    "https://example.org\\path",
    " https://example.org/",
    "HTTPS://example.org/",
    "\n",
)
for rule, make in {
    "publisher_homepage": PublisherFactory,
    "claimant_same_as": ClaimantFactory,
    "article_url": ArticleFactory,
    "article_archived_url": ArticleFactory,
    "appearance_address": appearance_at_address,
    "review_url": ReviewFactory,
    "evidence_url": EvidenceFactory,
    "evidence_archived_url": EvidenceFactory,
}.items():
    column = rule.partition("_")[2]
    add_updates(f"{rule}_is_web_address", make, *({column: address} for address in BAD_ADDRESSES))

BAD_HASHES = ("abc", "A" * 64, "g" * 64, "0" * 63, "0" * 63 + "\n", "\n")
add_updates("article_text_sha256_is_sha256", ArticleFactory, *({"text_sha256": value} for value in BAD_HASHES))
add_updates(
    "appearance_text_sha256_is_sha256",
    lambda: AppearanceFactory(start_offset=0, end_offset=5, text_sha256="0" * 64),
    *({"text_sha256": value} for value in BAD_HASHES),
)
add_updates(
    "evidence_capture_sha256_is_sha256",
    lambda: captured_evidence(),
    *({"capture_sha256": value} for value in BAD_HASHES),
)
add_updates("articletext_sha256_is_sha256", ArticleTextFactory, *({"sha256": value} for value in (*BAD_HASHES, "")))

BAD_LANGUAGES = ("e", "EN", "engl", "en_GB", "en-", "en GB", "en\n", "-en", "\n")
for record, make in {"article": ArticleFactory, "claim": ClaimFactory, "review": ReviewFactory}.items():
    add_updates(f"{record}_language_is_tag", make, *({"language": value} for value in BAD_LANGUAGES))
add_updates("page_language_is_tag", PageFactory, *({"language": value} for value in (*BAD_LANGUAGES, "")))

BLANK = ("", " ", "\t", "\n", "\u00a0\u2003", "\u200b", " \u2028\ufeff\u3000")
for rule, make in {
    "publisher_name": PublisherFactory,
    "claimant_name": ClaimantFactory,
    "article_headline": ArticleFactory,
    "articletext_text": ArticleTextFactory,
    "topic_name": TopicFactory,
    "claim_text": ClaimFactory,
    "rating_label": RatingFactory,
    "rating_definition": RatingFactory,
    "evidence_title": EvidenceFactory,
    "replyrequest_asked_whom": ReplyRequestFactory,
    "correction_note": CorrectionFactory,
    "page_title": PageFactory,
    "page_body": PageFactory,
    "user_username": UserFactory,
}.items():
    column = rule.partition("_")[2]
    add_updates(f"{rule}_given", make, *({column: text} for text in BLANK))

for rule, make in {
    "claimant_kind": ClaimantFactory,
    "claimant_interest": ClaimantFactory,
    "claim_kind": ClaimFactory,
    "claimrelation_kind": ClaimRelationFactory,
    "appearance_wording": AppearanceFactory,
    "appearance_caveat": AppearanceFactory,
    "page_slug": PageFactory,
    "rating_colour": RatingFactory,
    "rating_rating_class": RatingFactory,
    "review_evidence_strength": ReviewFactory,
    "review_assessed_as": ReviewFactory,
    "evidence_kind": EvidenceFactory,
    "evidence_stance": EvidenceFactory,
    "evidence_interest": EvidenceFactory,
    "correction_severity": CorrectionFactory,
}.items():
    column = rule.partition("_")[2]
    add_updates(f"{rule}_known", make, {column: "rumour"}, {column: ""})
add_updates("review_reviewed_kind_known", ReviewFactory, {"reviewed_kind": "rumour"})
add_updates("claim_priority_known", ClaimFactory, {"priority": 0}, {"priority": 9})

for rule, make in {
    "article_published_on": ArticleFactory,
    "claim_made_on": ClaimFactory,
    "appearance_said_on": AppearanceFactory,
    "review_reviewed_made_on": ReviewFactory,
}.items():
    column = rule.partition("_")[2]
    add_updates(
        f"{rule}_fits_precision",
        make,
        *(
            {column: day, f"{column}_precision": precision}
            for day, precision in (
                (None, Precision.DAY),
                (None, Precision.MONTH),
                (None, Precision.YEAR),
                (date(2025, 11, 14), ""),
                (date(2025, 11, 2), Precision.MONTH),
                (date(2025, 2, 1), Precision.YEAR),
                (date(2025, 1, 2), Precision.YEAR),
                (date(2025, 1, 1), "hour"),
            )
        ),
    )


# Sources

add_updates("publisher_country_is_code", PublisherFactory, {"country": "gb"}, {"country": "G"}, {"country": "G\n"})
add("publisher_one_desk", "1", lambda: (desk(), partial(put, PublisherFactory(), is_desk=True))[1])


@breaks("articletext_unique")
def _():
    return partial(insert, copy(ArticleTextFactory()))


# Claims


def listed_claim() -> Claim:
    return ClaimFactory(listed=MIDNIGHT)


def unlisted_claim() -> Claim:
    claim = listed_claim()
    change(claim, listed_at=None, unlisted_at=MIDNIGHT + DAY, unlisted_note="A mistake.")
    return claim


add_updates(
    "claim_listing_dated",
    ClaimFactory,
    {"listed_at": MIDNIGHT},
    {"first_listed_at": MIDNIGHT},
    {"unlisted_at": MIDNIGHT},
    {"listed_at": MIDNIGHT, "first_listed_at": MIDNIGHT + DAY},
    {"listed_at": MIDNIGHT, "unlisted_at": MIDNIGHT},
    {"listed_at": MIDNIGHT, "first_listed_at": MIDNIGHT, "unlisted_at": MIDNIGHT + DAY},
    {"first_listed_at": MIDNIGHT, "unlisted_at": MIDNIGHT - DAY},
)
add_updates("claim_unlisted_note_when_unlisted", ClaimFactory, {"unlisted_note": "A mistake."})
add_updates("claim_unlisted_note_when_unlisted", listed_claim, {"unlisted_note": "A mistake."})
add_updates(
    "claim_outcome_rule_of_prediction", ClaimFactory, {"due_on": date(2026, 3, 31)}, {"resolution": "It is closed."}
)
add_updates("claim_outcome_rule_of_prediction", PredictionFactory, {"kind": ClaimKind.FACT})
_status = {"status": lambda _: rating("true")}
add_updates("claim_status_basis_known", ClaimFactory, {"status_basis": "rumour", "status_since": MIDNIGHT} | _status)
add_updates(
    "claim_status_fits_basis",
    ClaimFactory,
    {"status_basis": StatusBasis.REVIEWED, "status_since": MIDNIGHT},
    {"status_basis": StatusBasis.REPORTED, "status_since": MIDNIGHT},
    {"status_basis": StatusBasis.REVIEWED} | _status,
    {"status_since": MIDNIGHT} | _status,
)


@breaks("claimtopic_unique")
def _():
    return partial(insert, copy(ClaimTopicFactory()))


add_updates(
    "claimrelation_not_to_itself",
    lambda: ClaimRelationFactory(kind=RelationKind.REPEATS),
    {"to_claim": lambda relation: relation.from_claim},
)
_turned = {"from_claim": lambda relation: relation.to_claim, "to_claim": lambda relation: relation.from_claim}
add_updates("claimrelation_symmetric_in_order", ClaimRelationFactory, _turned)
add_updates("claimrelation_symmetric_in_order", lambda: ClaimRelationFactory(kind=RelationKind.SAME_AS), _turned)


@breaks("claimrelation_unique")
def _():
    return partial(insert, copy(ClaimRelationFactory()))


# Appearances

_place = {"start_offset": 3, "end_offset": 8, "text_sha256": "0" * 64}
add_updates("appearance_article_or_address", AppearanceFactory, {"article": None}, {"address": "https://example.org/"})
add_updates("appearance_paragraph_from_one", AppearanceFactory, {"paragraph": 0})
SIX_WORDS = "one two three four five six"
add_updates(
    "appearance_quote_six_words",
    AppearanceFactory,
    *({"quote": quote} for quote in (f"{SIX_WORDS} seven", " 1 2\u00a03\u2003 4\n5\t6\u30007 ", "a " * 150)),
)
add_updates(
    "appearance_offsets_whole",
    AppearanceFactory,
    *({name: value for name, value in _place.items() if name != left_out} for left_out in _place),
    *({name: value} for name, value in _place.items()),
    _place | {"end_offset": 3},
    _place | {"end_offset": 2},
)
for label, fields in {
    "article": {},
    "no-paragraph": {"paragraph": None},
    "no-claimant": {"claimant": None},
    "neither": {"paragraph": None, "claimant": None},
    "address": {"article": None, "address": "https://post.example.org/1"},
    "address-alone": {
        "article": None, "address": "https://post.example.org/1", "paragraph": None, "claimant": None,
    },
}.items():  # fmt: skip
    add(
        "appearance_unique",
        label,
        lambda fields=fields: partial(insert, copy(AppearanceFactory(**fields), quote="another")),
    )

add_updates("relay_by_one", RelayFactory, {"by_claimant": None}, {"by_publisher": lambda relay: PublisherFactory()})
add_updates("relay_position_from_one", RelayFactory, {"position": 0})


@breaks("relay_position_unique")
def _():
    first = RelayFactory()
    return partial(put, RelayFactory(appearance=first.appearance), position=first.position)


# Pages, people, what the public site remembers


@breaks("page_unique")
def _():
    PageFactory()
    return partial(put, PageFactory(language="uk"), language="en")


add("user_username_unique", "1", lambda: partial(put, UserFactory(), username=UserFactory().username))


@breaks("membership_unique")
def _():
    user = UserFactory(roles=["Editor"])
    return partial(insert, Membership(user=user, group=Group.objects.get(name="Editor")))


@breaks("direct_permission_unique")
def _():
    permission = Permission.objects.get(codename="list_claim")
    given = DirectPermissionFactory(permission=permission)
    return partial(insert, DirectPermission(user=given.user, permission=permission))


add("edition_one_row", "1", lambda: partial(insert, Edition(id=2, number=1)))


def address(**fields: Any) -> PublicAddress:
    return PublicAddress(**{"record_type": "topic", "slug": "war", "record_id": 1, "since": MIDNIGHT} | fields)


@breaks("publicaddress_unique")
def _():
    insert(address())
    return partial(insert, address(record_id=2))


@breaks("publicaddress_one_each")
def _():
    insert(address())
    return partial(insert, address(slug="peace"))


# The scale


def truth() -> Rating:
    return RatingFactory(rating_class=RatingClass.TRUTH, value=3)


add_updates("rating_value_of_truth_alone", truth, {"value": None}, {"value": 0}, {"value": 6})
add_updates(
    "rating_value_of_truth_alone",
    RatingFactory,
    {"value": 3},
    {"rating_class": RatingClass.OUTCOME, "value": 3},
    {"rating_class": RatingClass.TRUTH},
)


@breaks("rating_retired_slug_unique")
def _():
    retired = RatingFactory(retired_on=date(2025, 11, 1))
    return partial(put, RatingFactory(slug=retired.slug), retired_on=retired.retired_on)


# Reviews


def another() -> User:
    return UserFactory(roles=["Editor"])


def approval(**fields: Any) -> dict[str, Any]:
    """What publishing writes into a submitted review."""
    return {
        "state": ReviewState.PUBLISHED,
        "approved_by": lambda _: another(),
        "approved_version": lambda review: review.submitted_version,
        "published_at": MIDNIGHT,
    } | fields


add_updates("review_summary_short", ReviewFactory, {"summary": "s" * 301})
add_updates("review_number_of_desk_alone", ReviewFactory, {"number": None}, {"number": 0})
add_updates("review_number_of_desk_alone", ImportedReviewFactory, {"number": 1})
add_updates(
    "review_given_numbers_imported", ReviewFactory, {"rating_value": "2"}, {"best_rating": "6"}, {"worst_rating": "1"}
)
add_updates(
    "review_imported_has_no_steps",
    ImportedReviewFactory,
    {"author": lambda _: another()},
    {"submitted_by": lambda _: another()},
    {"approved_by": lambda _: another()},
    {"rating": lambda _: rating("true")},
)
for _state in (ReviewState.DRAFT, ReviewState.SUBMITTED, ReviewState.SUPERSEDED, ReviewState.DISCARDED):
    add(
        "review_imported_has_no_steps",
        f"state-{_state}",
        lambda state=_state: partial(insert, copy(ImportedReviewFactory(), state=state)),
    )


def published_without_its_trigger() -> Review:
    review = published_review()
    without_trigger("review_published_no_update")
    return review


def submitted_without_its_trigger() -> Review:
    review = submitted_review()
    without_trigger("review_submitted_no_update")
    return review


add_updates(
    "review_submitted_complete",
    submitted_without_its_trigger,
    {"rating": None},
    {"author": None},
    {"submitted_by": None},
    {"submitted_at": None},
    {"submitted_version": None},
    *({"claim_reviewed": text} for text in BLANK),
    {"reviewed_kind": ""},
)
add_updates(
    "review_published_complete",
    submitted_review,
    approval(approved_by=None),
    approval(approved_version=None),
    approval(published_at=None),
)
add_updates(
    "review_approved_as_submitted",
    submitted_review,
    {"approved_version": lambda review: review.submitted_version + 1},
    approval(approved_version=lambda review: review.submitted_version - 1),
)
add_updates("review_approved_as_submitted", ReviewFactory, {"approved_version": 1})
add_updates(
    "review_approver_is_not_author",
    lambda: submitted_review(submitter=another()),
    {"approved_by": lambda review: review.author},
    approval(approved_by=lambda review: review.author),
)
add_updates(
    "review_approver_is_not_submitter",
    lambda: submitted_review(submitter=another()),
    {"approved_by": lambda review: review.submitted_by},
    approval(approved_by=lambda review: review.submitted_by),
)
_return = {"returned_at": MIDNIGHT, "returned_by": lambda _: another(), "returned_note": "Say where."}
add_updates(
    "review_returned_explained",
    ReviewFactory,
    *({name: value for name, value in _return.items() if name != left_out} for left_out in _return),
)
add_updates("review_returned_explained", published_without_its_trigger, _return)
_withdrawal = {"withdrawn_at": MIDNIGHT, "withdrawn_by": lambda _: another(), "withdrawn_note": "A forgery."}
add_updates(
    "review_withdrawn_explained",
    published_review,
    *(
        {"state": ReviewState.WITHDRAWN} | {name: value for name, value in _withdrawal.items() if name != left_out}
        for left_out in _withdrawal
    ),
    *({"state": ReviewState.WITHDRAWN} | _withdrawal | {"withdrawn_note": text} for text in BLANK),
)


@breaks("review_state_known")
def _():
    review = ReviewFactory()
    without_trigger("review_step_allowed")
    return partial(put, review, state="lost")


@breaks("review_origin_known")
def _():
    review = ReviewFactory(author=None, rating=None)
    without_trigger("review_origin_fixed")
    if connection.vendor == "postgresql":  # which looks at checks by name, and this one comes first
        run("ALTER TABLE factcheck_review DROP CONSTRAINT review_number_of_desk_alone")
        run("ALTER TABLE factcheck_review DROP CONSTRAINT review_imported_has_no_steps")
    return partial(put, review, origin="rumour")


@breaks("review_number_unique")
def _():
    first = published_review()
    return partial(put, ReviewFactory(claim=first.claim), number=first.number)


@breaks("review_one_open", "two-drafts")
def _():
    return partial(insert, copy(ReviewFactory(), number=2))


@breaks("review_one_open", "beside-submitted")
def _():
    return partial(insert, copy(submitted_review(), number=2, state=ReviewState.DRAFT))


@breaks("review_one_published")
def _():
    first = published_review()
    return partial(put, submitted_review(first.claim), **approval())


def captured_evidence(**fields: Any) -> Evidence:
    return EvidenceFactory(**captured() | {"captured_by": UserFactory()} | fields)


def captured() -> dict[str, Any]:
    return {
        "capture": f"captures/00/{'0' * 64}",
        "capture_sha256": "0" * 64,
        "captured_at": MIDNIGHT,
        "captured_by": lambda _: another(),
        "capture_tool": "curl",
    }


_empty = {"capture": "", "capture_sha256": "", "captured_at": None, "captured_by": None, "capture_tool": ""}
add_updates("evidence_capture_whole", EvidenceFactory, *({name: value} for name, value in captured().items()))
add_updates(
    "evidence_capture_whole",
    captured_evidence,
    *({name: value} for name, value in _empty.items()),
    *({"capture": name} for name in ("captures/one", "captures/00/../../settings.py", "/etc/passwd", "0" * 64)),
    {"capture_sha256": "1" * 64},
    *({"capture_tool": text} for text in BLANK if text),
)


@breaks("capturefault_problem_known")
def _():
    evidence = captured_evidence()
    return partial(insert, CaptureFault(evidence=evidence, problem="odd", found_at=MIDNIGHT))


add_updates(
    "replyrequest_answered_after_asked",
    ReplyRequestFactory,
    {"answered_at": MIDNIGHT - DAY},
    {"answered_at": MIDNIGHT - DAY, "answer": "No."},
    {"answer": "No."},
)
add_updates("correction_of_verdict_names_review", CorrectionFactory, {"severity": Severity.VERDICT_CHANGED})


# History


def a_change() -> Change:
    TopicFactory()
    return Change.objects.latest("id")


def next_change(**fields: Any) -> Write:
    last = a_change()
    return partial(insert, copy(last, **{"sequence": last.sequence + 1} | fields))


add("change_sequence_unique", "1", lambda: next_change(sequence=1))
add("change_sequence_from_one", "1", lambda: next_change(sequence=0))
for _number, _blank in enumerate(BLANK, 1):
    add("change_actor_name_given", str(_number), lambda blank=_blank: next_change(actor_name=blank))
for _column in ("before_sha256", "after_sha256", "previous_hash", "hash"):
    for _number, _hash in enumerate(BAD_HASHES, 1):
        add(f"change_{_column}_is_sha256", str(_number), lambda c=_column, h=_hash: next_change(**{c: h}))


@breaks("change_sequence_unique", "update", postgresql="change_no_update")
def _():
    last = a_change()
    insert(copy(last, sequence=2))
    without_trigger("change_no_update") if connection.vendor == "sqlite" else None
    return partial(put, last, sequence=2)


_MARK = history.canonical({history.ERASED: "A court said so."})
add_updates(
    "change_no_update",
    a_change,
    {"reason": "another"},
    {"actor_name": "somebody else"},
    {"at": MIDNIGHT},
    {"hash": "0" * 64},
    {"after_sha256": "0" * 64},
    {"after": '{"name":"Forged"}'},
    {"before": '{"name":"Forged"}'},
    {"before": _MARK, "after": '{"name":"Forged"}'},
    {"before": _MARK},
    {"after": _MARK},
    {"before": _MARK, "after": history.canonical({history.ERASED: "Another court said so."})},
    {"before": '{"erased":', "after": '{"erased":'},
    {"before": history.canonical({history.ERASED: 1}), "after": history.canonical({history.ERASED: 1})},
    {"before": _MARK, "after": _MARK, "reason": "another"},
    {"actor": lambda _: UserFactory()},
)


def erased_change() -> Change:
    history.erase(last := a_change(), "Another court said so.")
    last.refresh_from_db()
    return last


add_updates("change_no_update", erased_change, {"before": _MARK, "after": _MARK}, {"before": "null"})
add("change_no_delete", "1", lambda: partial(remove, a_change()))


# Addresses that readers have had


def public_topic() -> Topic:
    topic = TopicFactory()
    ClaimFactory(listed=True, topics=[topic])
    return topic


def public_claimant() -> Claimant:
    return ClaimFactory(listed=True).claimant


def public_article() -> Article:
    return AppearanceFactory(claim=ClaimFactory(listed=True)).article


def public_publisher() -> Publisher:
    return public_article().publisher


PUBLIC = {
    "claim": (listed_claim, ClaimFactory),
    "article": (public_article, ArticleFactory),
    "claimant": (public_claimant, ClaimantFactory),
    "publisher": (public_publisher, PublisherFactory),
    "topic": (public_topic, TopicFactory),
}
for record, (make_public, make) in PUBLIC.items():
    add_updates(f"{record}_slug_fixed", make_public, {"slug": "another"})
    if record != "claim":
        add(f"{record}_once_public_no_delete", "1", lambda make_public=make_public: partial(remove, make_public()))
    add(
        f"{record}_slug_not_reused_insert",
        "1",
        lambda make_public=make_public: (known := make_public()) and partial(insert, copy(known)),
    )
    add(
        f"{record}_slug_not_reused_update",
        "1",
        lambda make_public=make_public, make=make: partial(put, make(), slug=make_public().slug),
    )


def an_address() -> PublicAddress:
    public_topic()
    return PublicAddress.objects.get(record_type="topic")


add_updates(
    "publicaddress_no_update",
    an_address,
    {"slug": "other"},
    {"record_id": 99},
    {"since": MIDNIGHT},
    {"record_type": "x"},
)
add("publicaddress_no_delete", "1", lambda: partial(remove, an_address()))


# Editorial steps

add("user_no_delete", "1", lambda: partial(remove, UserFactory()))
add("claim_once_listed_no_delete", "listed", lambda: partial(remove, listed_claim()))
add("claim_once_listed_no_delete", "unlisted", lambda: partial(remove, unlisted_claim()))
add_updates("claim_first_listed_fixed", listed_claim, {"first_listed_at": MIDNIGHT - DAY}, {"first_listed_at": None})
add_updates("claim_first_listed_fixed", unlisted_claim, {"first_listed_at": MIDNIGHT - DAY}, {"first_listed_at": None})

_unlisted = {"listed_at": None, "unlisted_at": MIDNIGHT + DAY}
for _make in (published_review, superseded_review, withdrawn_review):
    add_updates(
        "claim_reviewed_unlisted_with_note",
        lambda make=_make: make(listed_claim()).claim,
        *(_unlisted | {"unlisted_note": text} for text in BLANK),
    )


def unlisted_after_its_review() -> Claim:
    claim = published_review(listed_claim()).claim
    claim.refresh_from_db()
    change(claim, **_unlisted, unlisted_note="A mistake.")
    return claim


add_updates("claim_reviewed_unlisted_with_note", unlisted_after_its_review, {"unlisted_note": ""})

for _make in (submitted_review, published_review):
    add_updates(
        "claim_wording_fixed_while_reviewed",
        lambda make=_make: make().claim,
        {"text": "Something else."},
        {"claimant": None},
        {"claimant": lambda _: ClaimantFactory()},
        {"kind": ClaimKind.FIGURE},
        {"made_on": date(2025, 11, 15)},
        {"made_on": None, "made_on_precision": ""},
    )
add_updates(
    "claim_wording_fixed_while_reviewed",
    lambda: submitted_review(ClaimFactory(claimant=None, made_on=None, made_on_precision="")).claim,
    {"claimant": lambda _: ClaimantFactory()},
    {"made_on": date(2025, 11, 15), "made_on_precision": Precision.DAY},
)
add_updates(
    "claim_wording_fixed_while_reviewed",
    lambda: submitted_review(ClaimFactory(made_on=date(2025, 1, 1))).claim,
    {"made_on_precision": Precision.MONTH},
)
add_updates(
    "review_rates_claim_as_worded",
    submitted_without_its_trigger,
    approval(claim_reviewed="Something else."),
    approval(reviewed_claimant=None),
    approval(reviewed_kind=ClaimKind.FIGURE),
    approval(reviewed_made_on=date(2025, 11, 15)),
    approval(reviewed_made_on=None, reviewed_made_on_precision=""),
)
for _state in ReviewState:
    if _state != ReviewState.DRAFT:
        add(
            "review_begins_as_draft",
            _state,
            lambda state=_state: partial(insert, copy(published_review(), number=2, state=state)),
        )


BY_STATE: dict[str, Callable[..., Review]] = {
    "draft": ReviewFactory,
    "submitted": submitted_review,
    "published": published_review,
    "superseded": superseded_review,
    "withdrawn": withdrawn_review,
    "discarded": discarded_review,
}
ONCE_PUBLISHED = ("published", "superseded", "withdrawn")
ALLOWED_STEPS = {
    ("draft", "submitted"),
    ("draft", "discarded"),
    ("submitted", "draft"),
    ("submitted", "published"),
    ("published", "superseded"),
    ("published", "withdrawn"),
}
# so that nothing but the step itself is wrong: a draft has no wording yet
_WORDED = {
    "claim_reviewed": lambda review: review.claim.text,
    "reviewed_claimant": lambda review: review.claim.claimant,
    "reviewed_kind": lambda review: review.claim.kind,
    "reviewed_made_on": lambda review: review.claim.made_on,
    "reviewed_made_on_precision": lambda review: review.claim.made_on_precision,
}
for _old, _make in BY_STATE.items():
    for _new in BY_STATE:
        if _old != _new and (_old, _new) not in ALLOWED_STEPS:
            _more = {} if _old in ONCE_PUBLISHED else _WORDED
            add_write(
                "review_step_allowed",
                f"{_old}-to-{_new}",
                _make,
                lambda record, fields={"state": _new} | _more: put(record, **fields),
            )
add_updates("review_superseded_by_later", published_review, {"state": "superseded"})
for _make in (ReviewFactory, discarded_review):
    add_write(
        "review_superseded_by_later",
        f"beside-{'draft' if _make is ReviewFactory else 'discarded'}",
        lambda make=_make: (first := published_review()) and make(claim=first.claim) and first,
        lambda first: put(first, state="superseded"),
    )


@breaks("review_superseded_by_later", "of-another-claim")
def _():
    first = published_review()
    submitted_review(published_review().claim)
    return partial(put, first, state="superseded")


add_updates("review_publisher_fits_origin_update", ReviewFactory, {"publisher": lambda _: PublisherFactory()})
add_updates("review_publisher_fits_origin_update", ImportedReviewFactory, {"publisher": lambda _: desk()})


@breaks("review_publisher_fits_origin_insert", "ours")
def _():
    return partial(insert, copy(ReviewFactory(), claim_id=ClaimFactory().pk, publisher_id=PublisherFactory().pk))


@breaks("review_publisher_fits_origin_insert", "theirs")
def _():
    return partial(insert, copy(ImportedReviewFactory(), publisher_id=desk().pk))


add_updates("publisher_of_reviews_stays_desk_or_not", lambda: ReviewFactory().publisher, {"is_desk": False})
add_updates("publisher_of_reviews_stays_desk_or_not", lambda: ImportedReviewFactory().publisher, {"is_desk": True})
add_updates("review_origin_fixed", ReviewFactory, {"origin": "imported", "number": None})
add_updates("review_origin_fixed", ImportedReviewFactory, {"origin": "desk", "number": 1})

MAY_CHANGE = {"state", "version", "withdrawn_at", "withdrawn_by_id", "withdrawn_note"}
WORDING = {"claim_reviewed", "reviewed_claimant_id", "reviewed_kind", "reviewed_made_on", "reviewed_made_on_precision"}


def empty(record: models.Model, column: str) -> None:
    value = "999999" if column == "id" else "NULL"
    assert getattr(record, column) is not None
    run(f"UPDATE {record._meta.db_table} SET {column} = {value} WHERE id = %s", record.pk)


def part_of(make: Callable[..., Review], accessor: str) -> models.Model:
    return getattr(make(replies=1), accessor).get()


NOT_YET = {"returned_at", "returned_by_id", "withdrawn_at", "withdrawn_by_id"}
for _column in {field.column for field in Review._meta.concrete_fields} - MAY_CHANGE - NOT_YET - {"origin"}:
    # while a review is in force, another trigger holds it to the claim's wording
    _state = "superseded" if _column in WORDING else "published"
    add_write("review_published_no_update", _column, BY_STATE[_state], partial(empty, column=_column))
APPROVAL_WRITES = {"state", "version", "approved_by_id", "approved_version", "published_at", "update_note"}
for _column in {field.column for field in Review._meta.concrete_fields} - APPROVAL_WRITES - NOT_YET - {"origin"}:
    add_write("review_submitted_no_update", _column, submitted_review, partial(empty, column=_column))
for _name, _value in (_withdrawal | _return).items():
    add_updates("review_submitted_no_update", submitted_review, {_name: _value})
    if _name in _return:
        add_updates("review_published_no_update", published_review, {_name: _value})
add_updates("review_submitted_no_update", submitted_review, approval(summary="Rewritten while it was approved."))
for _part, _accessor, _factory in (
    ("evidence", "evidence", EvidenceFactory),
    ("replyrequest", "reply_requests", ReplyRequestFactory),
):
    _get = partial(part_of, submitted_review, _accessor)
    add_write(f"{_part}_submitted_no_delete", "1", _get, remove)
    add_write(f"{_part}_submitted_no_insert", "1", _get, lambda part: insert(copy(part)))
    add_write(f"{_part}_submitted_no_update", "moved-out", _get, lambda part: put(part, review=ReviewFactory()))
    add(f"{_part}_submitted_no_update", "moved-in", lambda f=_factory: partial(put, f(), review=submitted_review()))
add_updates("evidence_submitted_no_update", lambda: part_of(submitted_review, "evidence"), {"archived_url": ""})


@breaks("review_approver_wrote_nothing")
def _():
    editor = another()
    review = ReviewFactory()
    with history.change(review, actor=editor):
        review.summary = "A word of the editor's."
        review.save()
    submit(review)
    return partial(put, review, **approval(approved_by=editor))


for _state in ONCE_PUBLISHED:
    _make = BY_STATE[_state]
    add_updates("review_published_no_update", _make, {"summary": "Another."}, {"approved_by": lambda _: another()})
    add_write("review_published_no_delete", _state, _make, remove)
    for _part, _accessor, _factory in (
        ("evidence", "evidence", EvidenceFactory),
        ("replyrequest", "reply_requests", ReplyRequestFactory),
    ):
        _get = partial(part_of, _make, _accessor)
        add_write(f"{_part}_published_no_delete", _state, _get, remove)
        add_write(f"{_part}_published_no_insert", _state, _get, lambda part: insert(copy(part)))
        add(
            f"{_part}_published_no_update",
            f"{_state}-moved-in",
            lambda make=_make, factory=_factory: partial(put, factory(), review=make()),
        )
        add_write(
            f"{_part}_published_no_update", f"{_state}-moved-out", _get, lambda part: put(part, review=ReviewFactory())
        )
_fillable = ("archived_url", "capture", "capture_sha256", "captured_at", "captured_by", "capture_tool")
for _part, _accessor, _model in (("evidence", "evidence", Evidence), ("replyrequest", "reply_requests", ReplyRequest)):
    _get = partial(part_of, published_review, _accessor)
    for _field in _model._meta.concrete_fields:
        if _field.name not in (*_fillable, "answered_at"):
            add_write(f"{_part}_published_no_update", _field.column, _get, partial(empty, column=_field.column))
add_updates(
    "replyrequest_published_no_update",
    lambda: part_of(published_review, "reply_requests"),
    {"answered_at": MIDNIGHT + DAY, "answer": "No."},
)


def captured_before_publication() -> Evidence:
    evidence = captured_evidence(archived_url="https://archive.example.org/1")
    submit(evidence.review)
    publish(evidence.review)
    return evidence


add_updates(
    "evidence_published_no_update",
    captured_before_publication,
    {"archived_url": "https://archive.example.org/2"},
    {"archived_url": ""},
    {"capture": f"captures/11/{'1' * 64}"},
    {"capture_sha256": "1" * 64},
    {"captured_at": MIDNIGHT + DAY},
    {"captured_by": lambda _: another()},
    {"capture_tool": "wget"},
    _empty,
)

for _state in ONCE_PUBLISHED:
    add_updates(
        "rating_in_use_fixed",
        lambda make=BY_STATE[_state]: make(rating=rating("half-true")).rating,
        {"slug": "another"},
        {"label": "Another"},
        {"definition": "Another."},
        {"value": 4},
        {"rating_class": RatingClass.OPEN, "value": None},
    )

    add(
        "rating_in_use_no_delete",
        _state,
        lambda make=BY_STATE[_state]: partial(remove, make(rating=rating("half-true")).rating),
    )


@breaks("formerreference_unique")
def _():
    row = FormerReference.objects.create(claim=ClaimFactory(), record_type="article", record_id=1)
    return partial(insert, copy(row))


def search_row(**fields: Any) -> SearchRow:
    return SearchRow(**{"id": 8, "kind": Searched.CLAIM, "record_id": 1, "is_public": False} | fields)


add("searchrow_kind_known", "3", lambda: partial(insert, search_row(id=14, kind=3)))
add("searchrow_id_says_what", "public", lambda: partial(insert, search_row(is_public=True)))
add("searchrow_id_says_what", "kind", lambda: partial(insert, search_row(kind=Searched.ARTICLE)))
add("searchrow_id_says_what", "record", lambda: partial(insert, search_row(record_id=2)))


@breaks("searchrow_one_each")
def _():
    insert(search_row())
    return partial(insert, search_row(id=9, is_public=True))


def seen_correction() -> Correction:
    return CorrectionFactory(claim=listed_claim())


def seen_correction_of_review() -> Correction:
    review = published_review(listed_claim())
    return CorrectionFactory(claim=review.claim, review=review)


add_write("correction_seen_no_delete", "of-a-claim", seen_correction, remove)
add_write("correction_seen_no_delete", "of-a-review", seen_correction_of_review, remove)
add_updates(
    "correction_seen_fixed",
    seen_correction,
    {"claim": lambda _: ClaimFactory()},
    {"review": lambda correction: ReviewFactory(claim=correction.claim)},
    {"made_at": MIDNIGHT + DAY},
)
add_updates("correction_seen_fixed", seen_correction_of_review, {"review": None})


def correction_of_review() -> Correction:
    review = ReviewFactory()
    return CorrectionFactory(claim=review.claim, review=review)


_other_review, _other_claim = {"review": lambda _: ReviewFactory()}, {"claim": lambda _: ClaimFactory()}
add_updates("correction_of_review_of_its_claim_update", CorrectionFactory, _other_review)
add_updates("correction_of_review_of_its_claim_update", correction_of_review, _other_review, _other_claim)
add_updates("review_corrected_stays_with_claim", lambda: correction_of_review().review, _other_claim)


@breaks("correction_of_review_of_its_claim_insert")
def _():
    return partial(insert, copy(CorrectionFactory(), review_id=ReviewFactory().pk))


# Emptying a whole table, past the triggers of its rows; SQLite knows no TRUNCATE

EMPTIED: dict[str, tuple[Callable[[], Any], str]] = {
    "change": (a_change, "change_no_delete"),
    "publicaddress": (an_address, "publicaddress_no_delete"),
    "user": (UserFactory, "user_no_delete"),
    "claim": (listed_claim, "claim_once_listed_no_delete"),
    "review": (published_review, "review_published_no_delete"),
    "evidence": (published_review, "evidence_published_no_delete"),
    "replyrequest": (partial(published_review, replies=1), "replyrequest_published_no_delete"),
    "correction": (seen_correction, "correction_seen_no_delete"),
}


def emptying(table: str, make: Callable[[], Any]) -> Write:
    make()
    flush_deferred_checks()
    truncate = "DELETE FROM {}" if connection.vendor == "sqlite" else "TRUNCATE {} CASCADE"
    return partial(run, truncate.format(f"factcheck_{table}"))


for _name, (_make, _of_rows) in EMPTIED.items():
    add(f"{_name}_no_truncate", "1", lambda n=_name, m=_make: emptying(n, m), sqlite=_of_rows)


# The tests


GROUPS = {make: [case for case in CASES if case.make == make] for make in dict.fromkeys(case.make for case in CASES)}


@pytest.mark.parametrize("cases", GROUPS.values(), ids=lambda cases: str(cases[0]))
def test_database_refuses(cases: list[Case], db, subtests):
    made = cases[0].make()

    for case in cases:
        with subtests.test(str(case)):
            with pytest.raises(IntegrityError) as refusal, transaction.atomic():
                case.write(made)
            assert expected_message(case.rule) in str(refusal.value)


def test_every_rule_has_a_case(db):
    rules = constraints().keys() | {trigger.name for trigger in triggers.expected(connection)}

    assert {case.rule for case in CASES} == rules - {trigger.name for trigger in keeping()}


# SQLite's REPLACE, which is an INSERT or UPDATE that removes the rows in its way

_numbers = itertools.count(1)


def another_address() -> PublicAddress:
    number = next(_numbers)
    return PublicAddress.objects.create(
        **{name: getattr(address(), name) for name in ("record_type", "since")}, slug=f"war-{number}", record_id=number
    )


KEPT: dict[str, Callable[[], models.Model]] = {
    "change": a_change,
    "publicaddress": another_address,
    "user": UserFactory,
    "article": ArticleFactory,
    "claimant": ClaimantFactory,
    "publisher": PublisherFactory,
    "topic": TopicFactory,
    "claim": ClaimFactory,
    "review": published_review,
    "evidence": EvidenceFactory,
    "replyrequest": ReplyRequestFactory,
    "correction": CorrectionFactory,
    "rating": RatingFactory,
    # keys that hold for some rows only
    "publisher_one_desk": desk,
    "rating_slug_retired_on": lambda: RatingFactory(retired_on=date(2025, 11, 1)),
    "review_one_open": ReviewFactory,
}


def keeping() -> list[trigger_rules.Trigger]:
    return [trigger for trigger in triggers.expected(connection) if re.search("_kept_(insert|update)$", trigger.name)]


@pytest.fixture
def ordinary_connection(db):
    """One that asks no trigger about the rows that a REPLACE removes, as SQLite's are unless told otherwise."""
    if connection.vendor == "sqlite":
        run("PRAGMA recursive_triggers = OFF")
    yield
    if connection.vendor == "sqlite":
        run("PRAGMA recursive_triggers = ON")


def test_each_key_of_what_a_rule_looks_after_is_kept(ordinary_connection, subtests):
    if connection.vendor == "postgresql":
        assert not keeping()
        return
    schema = trigger_rules.Schema.of(connection)
    looked_after = {rule.table for rule in triggers.expected(connection) if rule.event in ("UPDATE", "DELETE")}
    assert {trigger.table for trigger in keeping()} == looked_after
    for trigger in keeping():
        with subtests.test(trigger.name), transaction.atomic():
            name = trigger.name.removesuffix(f"_kept_{trigger.event.lower()}")
            record = trigger.table.removeprefix(trigger_rules.PREFIX)
            make = KEPT.get(name) or KEPT[record]
            row, other = make(), PublisherFactory() if make is desk else make()
            for rule in triggers.expected(connection):
                if rule.table == trigger.table and rule != trigger:
                    run(f"DROP TRIGGER {rule.name}")
            keys = {key.name: key for key in schema.keys(trigger.table)}
            key = keys.get(name) or trigger_rules.Key(record, ("id",), "")
            columns = schema.columns(trigger.table)
            if trigger.event == "INSERT":
                values = [column if column != "id" or key.name == record else "999999" for column in columns]
                same = f"SELECT {', '.join(values)} FROM {trigger.table} WHERE id = %s"
                statement, pk = f"INSERT OR REPLACE INTO {trigger.table} ({', '.join(columns)}) {same}", row.pk
            else:
                asked = [column for column in columns if column in key.columns or f'"{column}"' in key.condition]
                same = ", ".join(f"{name} = (SELECT {name} FROM {trigger.table} WHERE id = {row.pk})" for name in asked)
                statement, pk = f"UPDATE OR REPLACE {trigger.table} SET {same} WHERE id = %s", other.pk

            with pytest.raises(IntegrityError) as refusal, transaction.atomic():
                run(statement, pk)

            assert str(refusal.value) == trigger.error
            transaction.set_rollback(True)


_id, _number = "(id)", "(claim_id, number) WHERE origin = 'desk'"
REPLACING: dict[str, tuple[Callable[[], models.Model], str, dict[str, str]]] = {
    "review-by-id": (published_review, _id, {"state": "'draft'"}),
    "review-by-number": (published_review, _number, {"id": "999999", "state": "'draft'"}),
    "review-withdrawn": (withdrawn_review, _id, {"withdrawn_note": "'Nothing was wrong.'", "summary": "'Forged'"}),
    "evidence": (lambda: published_review().evidence.get(), _id, {"title": "'Forged'"}),
    "replyrequest": (lambda: published_review(replies=1).reply_requests.get(), _id, {"asked_whom": "'Forged'"}),
    "claim-reworded": (lambda: published_review().claim, _id, {"text": "'Forged'"}),
    "claim-readdressed": (listed_claim, _id, {"slug": "'forged'"}),
    "claim-never-listed": (listed_claim, _id, {"listed_at": "NULL", "first_listed_at": "NULL"}),
    "topic-readdressed": (public_topic, _id, {"slug": "'forged'"}),
    "address-by-id": (an_address, _id, {"slug": "'forged'"}),
    "address-by-slug": (an_address, "(record_type, slug)", {"id": "999999", "record_id": "999999"}),
    "address-by-record": (an_address, "(record_type, record_id)", {"id": "999999", "slug": "'forged'"}),
    "correction": (seen_correction, _id, {"note": "'Forged'", "claim_id": "999999"}),
    "rating": (lambda: published_review(rating=rating("half-true")).rating, _id, {"label": "'Forged'"}),
    "change": (a_change, _id, {"reason": "'Forged'"}),
    "change-by-number": (a_change, "(whole_type, whole_id, sequence)", {"id": "999999", "reason": "'Forged'"}),
}


def stored(record: models.Model) -> tuple | None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {record._meta.db_table} WHERE id = %s", [record.pk])
        return cursor.fetchone()


@pytest.mark.parametrize("label", REPLACING)
def test_no_row_is_written_over(label, ordinary_connection):
    """What PostgreSQL has for REPLACE is an update, and refused as one."""
    make, key, forged = REPLACING[label]
    row = make()
    before = stored(row)
    table, names = row._meta.db_table, [field.column for field in row._meta.concrete_fields]
    replace, instead = "INSERT OR REPLACE", ""
    if connection.vendor == "postgresql":
        replace, instead = (
            "INSERT",
            f"ON CONFLICT {key} DO UPDATE SET "
            + ", ".join(f"{name} = EXCLUDED.{name}" for name in forged if name != "id"),
        )
    values = ", ".join(forged.get(name, name) for name in names)
    statement = (
        f"{replace} INTO {table} ({', '.join(names)}) SELECT {values} FROM {table} WHERE id = {row.pk} {instead}"
    )

    with pytest.raises(IntegrityError), transaction.atomic():
        run(statement)

    assert stored(row) == before
    if connection.vendor == "sqlite":
        with transaction.atomic():
            for trigger in triggers.expected(connection):
                if trigger.table == table and trigger.event == "INSERT":
                    run(f"DROP TRIGGER {trigger.name}")
            run(statement)  # so it was one of these that refused
            assert stored(row) != before
            transaction.set_rollback(True)


def test_no_account_is_written_over(ordinary_connection):
    user = UserFactory()
    names = ", ".join(field.column for field in User._meta.concrete_fields)
    replace = "INSERT OR REPLACE" if connection.vendor == "sqlite" else "INSERT"
    for pk in (str(user.pk), "999999"):
        values = names.replace("id,", f"{pk},", 1)
        with pytest.raises(IntegrityError), transaction.atomic():
            run(f"{replace} INTO factcheck_user ({names}) SELECT {values} FROM factcheck_user WHERE id = {user.pk}")

    assert stored(user)


def test_cases_are_told_apart():
    assert len({str(case) for case in CASES}) == len(CASES)


@pytest.mark.parametrize("name", sorted(constraints()))
def test_message_is_for_editors(name):
    message = str(constraints()[name].violation_error_message)

    assert message != BaseConstraint.default_violation_error_message
    assert message.endswith(".")
    assert message[0].isupper()
    assert len(message.split()) >= 4
    assert "constraint" not in message.lower()


def test_every_required_text_has_a_rule():
    without = {
        f"{model._meta.model_name}.{field.name}"
        for model in apps.get_app_config("factcheck").get_models()
        if issubclass(model, Tracked)
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField) and not field.blank and not field.choices
        if not any(
            isinstance(rule, CheckConstraint)
            and columns_of(rule.condition) == {field.name}
            and all(holds(rule.condition, {field.name: text}) is False for text in BLANK)
            for rule in model._meta.constraints
        )
    }

    assert without == {"user.password"}  # what is stored there is never what was typed


def test_messages_of_triggers_are_for_editors(db):
    for trigger in triggers.expected(connection):
        assert trigger.message.endswith(".")
        assert trigger.message[0].isupper()
        assert len(trigger.message.split()) >= 4


@pytest.mark.parametrize(
    ("make", "fields"),
    [
        (PublisherFactory, {"slug": "s" * 81}),
        (ClaimantFactory, {"slug": "s" * 81}),
        (ArticleFactory, {"slug": "s" * 81}),
        (TopicFactory, {"slug": "s" * 81}),
        (ClaimFactory, {"slug": "s" * 81}),
        (RatingFactory, {"slug": "s" * 81}),
        (PublisherFactory, {"homepage": "https://example.org/" + "p" * 1981}),
        (ArticleFactory, {"url": "https://example.org/" + "p" * 1981}),
        (ReviewFactory, {"url": "https://example.org/" + "p" * 1981}),
        (ArticleFactory, {"language": "en-" + "-".join(["abcdefgh"] * 4)}),
        (PageFactory, {"language": "en-" + "-".join(["abcdefgh"] * 4)}),
    ],
)
def test_database_refuses_too_long(make, fields, db):
    """SQLite knows no length but by a check constraint; PostgreSQL's columns refuse before theirs is asked."""
    record = make()

    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        put(record, **fields)


@pytest.mark.parametrize(
    ("make", "fields"),
    [
        (TopicFactory, {"slug": "s" * 80}),
        (TopicFactory, {"slug": "a1-2b"}),
        (ArticleFactory, {"url": "https://example.org/" + "p" * 1980}),
        (ArticleFactory, {"url": "http://example.org"}),
        (ArticleFactory, {"url": "https://пример.укр:8080/шлях?q=1#x"}),
        (ArticleFactory, {"url": ""}),
        (ArticleFactory, {"text_sha256": ""}),
        (ArticleFactory, {"language": "pt-BR"}),
        (ArticleFactory, {"language": "zh-Hant-TW"}),
        (ArticleFactory, {"published_on": date(2025, 1, 1), "published_on_precision": Precision.YEAR}),
        (ArticleFactory, {"published_on": date(2025, 1, 1), "published_on_precision": Precision.DAY}),
        (ArticleFactory, {"published_on": None, "published_on_precision": ""}),
        (PublisherFactory, {"country": ""}),
        (PublisherFactory, {"name": "0"}),
        (TopicFactory, {"name": "\u200b漢\u00a0"}),
        (PageFactory, {"body": "\n\n—"}),
        (AppearanceFactory, _place),
        (AppearanceFactory, {"quote": ""}),
        (AppearanceFactory, {"quote": f" {SIX_WORDS.replace(' ', '\u00a0\u2003')}\n"}),
        (AppearanceFactory, {"quote": "а" * 150 + " " + "b" * 149}),
        (ReviewFactory, {"summary": "s" * 300}),
        (PredictionFactory, {"due_on": None, "resolution": ""}),
        (ReplyRequestFactory, {"answered_at": MIDNIGHT, "answer": "No."}),
        (ReplyRequestFactory, {"answered_at": MIDNIGHT}),
        (listed_claim, {"listed_at": None, "unlisted_at": MIDNIGHT + DAY}),
        (lambda: PublisherFactory(is_desk=True), {"is_desk": False}),
        (a_change, {"before": _MARK, "after": _MARK}),
    ],
)
def test_database_accepts(make, fields, db):
    record = make()

    put(record, **fields)

    record.refresh_from_db()
    for name, value in fields.items():
        assert getattr(record, name) == value


@pytest.mark.parametrize("step", sorted(ALLOWED_STEPS), ids="-to-".join)
def test_database_accepts_steps_of_the_workflow(step, db):
    old, new = step
    review = BY_STATE[old]()
    fields = {"state": new}
    if new == "published":
        fields = approval()
    elif new == "superseded":
        submitted_review(review.claim)
    elif new == "withdrawn":
        fields |= _withdrawal
    elif new == "submitted":
        fields |= _WORDED | {
            "submitted_by": review.author, "submitted_at": MIDNIGHT, "submitted_version": review.version,
        }  # fmt: skip

    put(review, **fields)

    review.refresh_from_db()
    assert review.state == new


def test_database_accepts_missing_archive_and_capture_of_what_was_published(db):
    evidence = published_review().evidence.get()

    put(evidence, archived_url="https://archive.example.org/1")
    put(evidence, **captured())

    evidence.refresh_from_db()
    assert evidence.capture_sha256 == "0" * 64


def test_database_accepts_retired_rating_and_its_successor(db):
    old = published_review(rating=rating("true")).rating

    put(old, retired_on=date(2025, 11, 30))
    new = rating("true")

    assert new != old
    assert new.slug == old.slug


def test_database_accepts_deletion_of_a_claim_that_was_never_listed(db):
    claim = ClaimFactory()

    remove(claim)

    assert not Claim.objects.filter(pk=claim.pk).exists()


def test_relation_that_holds_one_way_may_point_at_the_older_claim(db):
    older, newer = ClaimFactory(), ClaimFactory()

    relation = ClaimRelationFactory(from_claim=newer, kind=RelationKind.DEPENDS_ON, to_claim=older)

    assert relation.to_claim == older
