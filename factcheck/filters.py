"""How lists are narrowed. A value that is not known is refused, and never widens a list."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import django_filters  # type: ignore[import-untyped]
from django import forms
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from factcheck.languages import language_name
from factcheck.models import (
    Appearance,
    Article,
    Caveat,
    Claim,
    Claimant,
    ClaimantKind,
    ClaimKind,
    ClaimTopic,
    Interest,
    PartialDate,
    Precision,
    Publisher,
    Rating,
    Searched,
    StatusBasis,
    Topic,
)
from factcheck.models.dates import PartialDateFormField
from factcheck.models.scale import in_words
from factcheck.models.text import SLUG_LENGTH, SLUG_PATTERN
from factcheck.search.asking import LONGEST, parse
from factcheck.search.finding import matching
from factcheck.search.names import called

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

OFFERED = 200  # records at most that one select box offers; any public one can be named in the address


@dataclass(frozen=True, slots=True)
class Option:
    """A record by which claims can be filtered."""

    filter: str
    pk: int
    slug: str
    name: str
    position: int


type Remember = Callable[[str, Callable[[], Any]], Any]


def asked_again(key: str, make: Callable[[], Any]) -> Any:
    """Remembers nothing."""
    return make()


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in use, and the parameters that are left without it."""

    label: str
    words: str
    others: dict[str, str]


class RecordFilter(django_filters.ChoiceFilter):  # type: ignore[misc]
    """Takes the slug of a public record; its choices come with each request."""


class PartialDateFilter(django_filters.Filter):  # type: ignore[misc]
    field_class = PartialDateFormField


class WordsField(forms.CharField):
    """No text is an error: NUL, which no text can hold, is a space, and what is too long is cut."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(self.bound_data(value, None)))

    def bound_data(self, data: Any, initial: Any) -> str:
        return str(data or "").replace("\0", " ")[:LONGEST]


class WordsFilter(django_filters.Filter):  # type: ignore[misc]
    field_class = WordsField

    def __init__(self) -> None:
        super().__init__(label=_("Words"), widget=forms.TextInput(attrs={"type": "search", "maxlength": LONGEST}))


class SearchFilter(WordsFilter):
    def __init__(self, kind: Searched) -> None:
        super().__init__()
        self.kind = kind

    def filter(self, records: QuerySet[Any], value: str) -> QuerySet[Any]:
        return matching(records, self.kind, parse(value), public=True) if value else records


class NameFilter(WordsFilter):
    """For records that have no search row: each word begins a word of the name."""

    found: list[int] | None = None  # so that facets and pages of one request ask once

    def filter(self, records: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return records
        if self.found is None:
            self.found = called(records, ["name"], value)
        return records.filter(pk__among=self.found)


class ListFilter(django_filters.FilterSet):  # type: ignore[misc]
    """`data` may hold anything: what no filter knows is ignored, what a filter does not allow is in `problems`."""

    # How an address names the records of a filter, for the message that refuses another value.
    ALLOWED: ClassVar[dict[str, "StrOrPromise"]] = {}

    @property
    def active(self) -> dict[str, str]:
        """The filters in use, in the order of the form, as the address gives them."""
        given = self.form.cleaned_data  # an address with nothing but a space for a filter does not use it
        return {name: self.data[name] for name in self.filters if self.data.get(name) and given.get(name)}

    @property
    def problems(self) -> list[str]:
        """What keeps this from being an answerable question, each naming what is allowed."""
        repeated = [name for name in self.filters if len(set(self.data.getlist(name))) > 1]
        found = [gettext("%(name)s: give it once.") % {"name": name} for name in repeated]
        for name, errors in self.form.errors.items():
            if isinstance(self.filters[name], PartialDateFilter):
                allowed = " ".join(errors)
            elif name in self.ALLOWED:
                allowed = gettext("Allowed is %(what)s.") % {"what": self.ALLOWED[name]}
            else:
                known = ", ".join(slug for slug, _ in self.filters[name].extra["choices"])
                allowed = gettext("Allowed are: %(known)s.") % {"known": known or gettext("none")}
            words = gettext("%(name)s: “%(value)s” is not known here. %(allowed)s")
            found.append(words % {"name": name, "value": self.data[name], "allowed": allowed})
        return found

    @cached_property
    def found(self) -> list[int] | None:
        """With words in use, the ids of all rows that are left: asked once, since looking for words takes longest."""
        words = any(isinstance(self.filters[name], WordsFilter) for name in self.active)
        return list(self.qs.order_by().values_list("pk", flat=True)) if words else None

    @property
    def rows(self) -> QuerySet[Any]:
        """What the filters in use leave."""
        rows: QuerySet[Any] = self.qs if self.found is None else self.queryset.filter(pk__among=self.found)
        return rows

    def leaving(self, without: str) -> QuerySet[Any]:
        """What the filters in use leave, all but this one."""
        if without not in self.active:
            return self.rows
        rows: QuerySet[Any] = self.queryset
        for name, value in self.form.cleaned_data.items():
            if name != without:
                rows = self.filters[name].filter(rows, value)
        return rows

    @property
    def chips(self) -> list[Chip]:
        active = self.active
        return [
            Chip(str(self.filters[name].label), self._words(name), {n: v for n, v in active.items() if n != name})
            for name in active
        ]

    def _words(self, name: str) -> str:
        value = self.form.cleaned_data[name]
        if isinstance(value, PartialDate):
            return value.words
        if isinstance(self.filters[name], WordsFilter):
            return str(value)
        return str(dict(self.filters[name].extra["choices"])[value])


class ClaimFilter(ListFilter):
    q = SearchFilter(Searched.CLAIM)
    status = RecordFilter(label=_("Status"), empty_label=_("Any status"), method="with_status")
    basis = django_filters.ChoiceFilter(
        field_name="status_basis", label=_("What it rests on"), empty_label=_("Any basis"), choices=StatusBasis.choices
    )
    kind = django_filters.ChoiceFilter(label=_("Kind of claim"), empty_label=_("Any kind"), choices=ClaimKind.choices)
    claimant = RecordFilter(label=_("First made by"), empty_label=_("Anybody"), method="made_by")
    publisher = RecordFilter(label=_("Appeared in"), empty_label=_("Any publication"), method="in_publication")
    topic = RecordFilter(label=_("Topic"), empty_label=_("Any topic"), method="on_topic")
    caveat = django_filters.ChoiceFilter(
        label=_("What the reporter says"), empty_label=_("Anything"), choices=Caveat.choices, method="with_caveat"
    )
    article = RecordFilter(label=_("Article"), widget=forms.HiddenInput, method="in_article")
    made_from = PartialDateFilter(label=_("Made from"), method="made_since")
    made_to = PartialDateFilter(label=_("Made up to"), method="made_until")

    ALLOWED: ClassVar[dict[str, "StrOrPromise"]] = {
        "claimant": _("the last part of the address of a page under /claimants/"),
        "article": _("the last part of the address of a page under /articles/"),
    }

    class Meta:
        model = Claim
        fields: ClassVar[list[str]] = []

    def __init__(
        self, data: QueryDict, queryset: QuerySet[Claim], without: str = "", *, remember: Remember = asked_again
    ) -> None:
        """`without`: a filter that the address itself has fixed, so that it is not offered and not known.

        `remember`: what keeps for each key what can be chosen, which is asked with one query.
        """
        super().__init__(data, queryset)
        if without:
            del self.filters[without]
        names = [name for name, filter_ in self.filters.items() if isinstance(filter_, RecordFilter)]
        given = {name: _slug(data.get(name, "")) for name in names}
        self.options: list[Option] = remember(json.dumps(["options", given]), lambda: _options(given))
        for name, filter_ in self.filters.items():
            if isinstance(filter_, RecordFilter):
                offered = [option for option in self.options if option.filter == name]
                words = in_words if name == "status" else str
                filter_.extra["choices"] = list({one.slug: words(one.name) for one in offered}.items())

    def _chosen(self, name: str) -> list[int]:
        """The ids of the records that the address names by slug: of a rating, those retired under it as well."""
        return [option.pk for option in self.options if option.filter == name and option.slug == self.data[name]]

    def with_status(self, claims: QuerySet[Claim], name: str, value: str) -> QuerySet[Claim]:
        return claims.filter(status__in=self._chosen(name))

    def made_by(self, claims: QuerySet[Claim], name: str, value: str) -> QuerySet[Claim]:
        return claims.filter(claimant__in=self._chosen(name))

    def in_publication(self, claims: QuerySet[Claim], name: str, value: str) -> QuerySet[Claim]:
        return claims.filter(published_by(self._chosen(name)))

    def in_article(self, claims: QuerySet[Claim], name: str, value: str) -> QuerySet[Claim]:
        return claims.filter(appears(article__in=self._chosen(name)))

    def on_topic(self, claims: QuerySet[Claim], name: str, value: str) -> QuerySet[Claim]:
        return claims.filter(about(self._chosen(name)))

    def with_caveat(self, claims: QuerySet[Claim], name: str, value: str) -> QuerySet[Claim]:
        """“None” is: no reporter says anything of the kind anywhere."""
        if value == Caveat.NONE:
            return claims.exclude(appears(~Q(caveat=Caveat.NONE)))
        return claims.filter(appears(caveat=value))

    def made_since(self, claims: QuerySet[Claim], name: str, value: PartialDate) -> QuerySet[Claim]:
        """Claims of which the day, month or year ends on the first day of the value, or later."""
        first = value.first
        return claims.filter(
            Q(made_on_precision=Precision.DAY, made_on__gte=first)
            | Q(made_on_precision=Precision.MONTH, made_on__gte=first.replace(day=1))
            | Q(made_on_precision=Precision.YEAR, made_on__gte=first.replace(month=1, day=1))
        )

    def made_until(self, claims: QuerySet[Claim], name: str, value: PartialDate) -> QuerySet[Claim]:
        """Claims of which the day, month or year begins on the last day of the value, or earlier."""
        return claims.filter(made_on__lte=value.last)


class ClaimantFilter(ListFilter):
    q = SearchFilter(Searched.CLAIMANT)
    kind = django_filters.ChoiceFilter(label=_("Kind"), empty_label=_("Any kind"), choices=ClaimantKind.choices)
    interest = django_filters.ChoiceFilter(label=_("Interest"), empty_label=_("Any interest"), choices=Interest.choices)

    class Meta:
        model = Claimant
        fields: ClassVar[list[str]] = []


class ArticleFilter(ListFilter):
    """Offers the publishers of public articles, by one query, and these languages."""

    q = SearchFilter(Searched.ARTICLE)
    publisher = django_filters.ChoiceFilter(
        field_name="publisher__slug", label=_("Published by"), empty_label=_("Any publisher")
    )
    language = django_filters.ChoiceFilter(label=_("Language"), empty_label=_("Any language"))

    ALLOWED: ClassVar[dict[str, "StrOrPromise"]] = {
        "publisher": _(
            "the last part of the address of a page under /publishers/, of one that published an article here"
        ),
    }

    class Meta:
        model = Article
        fields: ClassVar[list[str]] = []

    def __init__(self, data: QueryDict, queryset: QuerySet[Article], languages: list[str]) -> None:
        super().__init__(data, queryset)
        publishers = Publisher.objects.public()
        publishing = publishers.filter(publishers.named_publicly("articles"))
        options = _branch("publisher", _slug(data.get("publisher", "")), publishing, publishing, "name", Value(0))
        named = sorted((Option(*row) for row in options), key=lambda option: (option.name.casefold(), option.pk))
        self.filters["publisher"].extra["choices"] = [(option.slug, option.name) for option in named]
        self.filters["language"].extra["choices"] = sorted(
            ((tag, language_name(tag)) for tag in languages), key=lambda choice: (choice[1].casefold(), choice[0])
        )


class TopicFilter(ListFilter):
    q = NameFilter()

    class Meta:
        model = Topic
        fields: ClassVar[list[str]] = []


class PublisherFilter(ListFilter):
    """Offers these countries."""

    q = NameFilter()
    country = django_filters.ChoiceFilter(label=_("Country"), empty_label=_("Any country"))

    class Meta:
        model = Publisher
        fields: ClassVar[list[str]] = []

    def __init__(self, data: QueryDict, queryset: QuerySet[Publisher], countries: list[str]) -> None:
        super().__init__(data, queryset)
        self.filters["country"].extra["choices"] = [(code, code) for code in countries]


def published_by(publishers: list[int]) -> Exists:
    """Claims that appear in articles of these publishers."""
    return appears(article__publisher__in=publishers)


def about(topics: list[int]) -> Exists:
    """Claims that have one of these topics."""
    return Exists(ClaimTopic.objects.filter(claim=OuterRef("pk"), topic__in=topics))


def appears(*conditions: Q, **where: Any) -> Exists:
    return Exists(Appearance.objects.filter(*conditions, claim=OuterRef("pk"), **where))


def _options(given: dict[str, str]) -> list[Option]:
    """What the select boxes offer, and whatever other public record the address names; in one query."""
    ratings, topics = Rating.objects.public(), Topic.objects.public()
    claimants, publishers, articles = Claimant.objects.public(), Publisher.objects.public(), Article.objects.public()
    speaking = claimants.filter(claimants.named_publicly("claims"))
    publishing = publishers.filter(publishers.named_publicly("articles"))
    nought = Value(0)
    records: dict[str, tuple[QuerySet[Any], QuerySet[Any], str, F | Value]] = {
        "status": (ratings, ratings, "label", F("position")),
        "claimant": (claimants, speaking, "name", nought),
        "publisher": (publishers, publishing, "name", nought),
        "topic": (topics, topics, "name", nought),
        "article": (articles, articles.none(), "headline", nought),
    }
    branches = [_branch(name, given[name], *of) for name, of in records.items() if name in given]
    rows = branches[0].union(*branches[1:], all=True).order_by()
    options = [Option(*row) for row in rows]
    return sorted(options, key=lambda option: (option.filter, option.position, option.name.casefold(), option.pk))


def _slug(given: str) -> str:
    """Empty if it can be none."""
    return given if len(given) <= SLUG_LENGTH and re.match(SLUG_PATTERN, given) else ""


def _branch(
    name: str,
    given: str,
    public: QuerySet[Any],
    offered: QuerySet[Any],
    label: str,
    position: F | Value,
) -> QuerySet[Any, Any]:
    named = Q(slug=given) if given else Q()
    rows = public.filter(Q(pk__in=offered.order_by(label, "pk").values("pk")[:OFFERED]) | named)
    return rows.order_by().values_list(Value(name), "pk", "slug", label, position)
