"""A form that somebody else's save has overtaken: what the page that answers it shows, asks and keeps.

The page holds what both changed without getting in each other's way. Where they did, it asks: a hidden field
`undecided-NAME` says of which box or row and since which version, and `choose-NAME` brings the answer. Without the
answer the form is refused again, however often it is sent.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.http import HttpRequest, QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from factcheck import history, states
from factcheck.admin import boxes, merging
from factcheck.admin.display import named
from factcheck.admin.merging import Fate, Outcome, Row, Side, TypedRow
from factcheck.differences import Differences, Piece
from factcheck.models import Change, Part, Tracked, Whole
from factcheck.models.text import normalised
from factcheck.snapshots import snapshot

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from factcheck.admin.base import DeskAdmin, DeskInline

    Earlier = Callable[[int | None], forms.ModelForm | None]  # the form of a version, where that is known

CHANGES_SHOWN = 50
ROWS = 2000  # of one formset; Django's own bound

THEIRS_TO_YOURS = _("From the stored text to yours")

BOX = {Side.THEIRS: _("Theirs: the stored one"), Side.MINE: _("Mine: what stands in the field below")}
REMOVED_BY_THEM = {
    Side.THEIRS: _("Theirs: it stays removed"),
    Side.MINE: _("Mine: add what stands below as a new one"),
}
REMOVED_BY_ME = {Side.THEIRS: _("Theirs: it stays, as stored"), Side.MINE: _("Mine: remove it")}

# What became of a row as a whole.
ADDED, REMOVED = _("%(part)s: added"), _("%(part)s: removed")
THEY_REMOVED_MY_CHANGES = _("%(part)s: they removed what you changed")
I_REMOVED_THEIR_CHANGES = _("%(part)s: you removed what they changed")
I_REMOVED_UNSEEN_CHANGES = _("%(part)s: you removed what they changed, in something that its row does not show")


@dataclass(frozen=True, slots=True)
class Point:
    """A box or row in which the versions differ, as the page shows it."""

    name: str
    label: str
    before: str
    stored: str
    typed: str
    pieces: Sequence[Piece]
    what: "StrOrPromise"  # what the pieces show
    target: str = ""  # the id of the box or row on the page
    asked: str = ""  # what the hidden field says: since which version, and about which part
    answers: "Mapping[Side, StrOrPromise]" = field(default_factory=dict)


@dataclass(slots=True)
class Conflict:
    """What a page says of the versions, and what its form holds."""

    name: str  # of the record, as it is stored
    overtaken: bool
    changes: list[Change]
    post: QueryDict = field(default_factory=lambda: QueryDict(mutable=True))
    files: MultiValueDict = field(default_factory=MultiValueDict)
    choices: list[Point] = field(default_factory=list)
    taken: list[Point] = field(default_factory=list)
    kept: list[Point] = field(default_factory=list)
    fixed: list[Point] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        """Whether the form is not saved, but shown."""
        return self.overtaken or bool(self.choices)


def asks(request: HttpRequest) -> bool:
    """Whether a form comes from a page that asked for a choice."""
    return any(name.startswith("undecided-") for name in request.POST)


def conflict(desk: "DeskAdmin", request: HttpRequest, object_id: str, *, overtaken: bool = False) -> Conflict | None:
    """Compares what was sent with what is stored now, and with what was stored when the form was made.

    None if the record is not there any more.
    """
    with snapshot():
        obj = desk.get_object(request, object_id)
        return _Comparison(desk, request, obj, overtaken).made() if obj else None


class _Comparison:
    """Of the record that a page is about, with its rows."""

    def __init__(self, desk: "DeskAdmin", request: HttpRequest, obj: Tracked, overtaken: bool) -> None:
        self.desk, self.request, self.obj = desk, request, obj
        self.whole: Whole = desk.whole(obj)
        self.known: dict[int, states.State | None] = {}
        self.now = states.read(type(self.whole), [self.whole.pk])[self.whole.pk]
        self.seen = _number(request.POST.get("seen", ""))
        self.differences = Differences()
        sent = request.POST.lists()
        self.post = {name: values for name, values in sent if not name.startswith(("undecided-", "choose-"))}
        self.files = dict(request.FILES.lists())
        overtaken = overtaken or self.seen != self.whole.version
        self.found = Conflict(_name(obj), overtaken, self._changes())

    def made(self) -> Conflict:
        fields = flatten_fieldsets(self.desk.get_fieldsets(self.request, self.obj))
        form_class = self.desk.get_form(self.request, self.obj, change=True, fields=fields)
        theirs = form_class(instance=self.obj)

        def earlier(version: int | None) -> forms.ModelForm | None:
            state = self.state(version)
            return form_class(instance=self._record(state)) if state is not None else None

        self.compare(theirs, earlier, boxes.typed(theirs, self.request, ""))
        self._fixed(theirs, fields)
        counts: dict[str, int] = {}
        for formset_class, inline in self.desk.get_formsets_with_inlines(self.request, self.obj):
            prefix = formset_class.get_default_prefix()
            counts[prefix] = counts.get(prefix, 0) + 1
            prefix = prefix if counts[prefix] == 1 else f"{prefix}-{counts[prefix]}"
            if f"{prefix}-TOTAL_FORMS" in self.post and inline.model in states.parts_of(type(self.obj)).values():
                rows = inline.get_queryset(self.request)
                _Rows(self, formset_class(instance=self.obj, prefix=prefix, queryset=rows), inline).compare()
        if self.found.overtaken:
            self.post["seen"] = [str(self.whole.version)]
        for name, values in self.post.items():
            self.found.post.setlist(name, list(values))
        self.found.files = MultiValueDict(self.files)
        return self.found

    # The versions

    def state(self, version: int | None) -> states.State | None:
        """What the page's record held in a version, where that is known."""
        if version is None:
            return None
        if version not in self.known:
            self.known[version] = history.state_at(self.whole, version, self.now)
        return states.within(self.known[version], self.obj)

    def _changes(self) -> list[Change]:
        """Those since the oldest version that anything on the form is compared with; else the last one."""
        asked = [_number(str(value)) for name, value in self.request.POST.items() if name.startswith("undecided-")]
        known = [version for version in [self.seen, *asked] if self.state(version) is not None]
        since = min((version for version in known if version), default=self.whole.version - 1)
        return list(Change.objects.of(self.whole).filter(sequence__gt=since).order_by("-sequence")[:CHANGES_SHOWN])

    def _record(self, state: states.State) -> Tracked:
        given: dict[str, Any] = {"pk": self.obj.pk, "version": self.whole.version}
        if isinstance(self.obj, Part):
            given = {"pk": self.obj.pk, self.obj.link: getattr(self.obj, self.obj.link)}
        return states.as_record(type(self.obj), state, **given)

    # The questions that a page asked, and the answers

    def asked(self, name: str) -> tuple[bool, int | None, str]:
        """Whether about this box or row; since which version, and about which part."""
        value = self.request.POST.get(f"undecided-{name}")
        version, _space, part = (value or "").partition(" ")
        return value is not None, _number(version), part if _number(part) else ""

    def chosen(self, name: str) -> Side | None:
        answer = self.request.POST.get(f"choose-{name}", "")
        return Side(answer) if answer in set(Side) else None

    # Boxes

    def compare(
        self,
        theirs: forms.ModelForm,
        earlier: "Earlier",
        mine: merging.Boxes,
        old: str = "",
        new: str = "",
        title: Callable[[], str] | None = None,
    ) -> None:
        """Looks at the boxes of a form one by one.

        `old` and `new` are the prefixes of the names that they were sent with, and that they have on the page.
        """
        stored, base = boxes.stored(theirs), earlier(self.seen)
        held = boxes.stored(base) if base else {}
        for name, typed in mine.items():
            asked, version, _part = self.asked(old + name)
            chosen = self.chosen(old + name) if asked else None
            before, since = base, self.seen
            if chosen is Side.THEIRS:
                result = Outcome.TAKEN
            elif asked and not chosen:
                result = Outcome.SAME if typed == stored[name] else Outcome.DISPUTED
                before, since = earlier(version), version
            else:
                result = merging.outcome(held.get(name), stored[name], typed)
            if result is Outcome.TAKEN:
                self.write(theirs, name, new)
            if result is Outcome.SAME or typed == stored[name]:
                continue
            label = boxes.label(theirs, name)
            self.point(
                result,
                new + name,
                f"{title()} › {label}" if title else capfirst(label),
                boxes.readable(before, name, boxes.initial(before, name)) if before else "",
                boxes.readable(theirs, name, boxes.initial(theirs, name)),
                boxes.readable(theirs, name, boxes.sent(theirs, self.request, old, name)),
                asked=str(since or ""),
                answers=BOX,
            )

    def write(self, form: forms.ModelForm, name: str, prefix: str) -> None:
        """Puts the stored value into a box."""
        for key, value in boxes.as_sent(form.fields[name], prefix + name, boxes.initial(form, name)).items():
            self.post.pop(key, None)
            if value is not None:
                self.post[key] = [value]

    def _fixed(self, form: forms.ModelForm, shown: Iterable[Any]) -> None:
        """What was typed into a box that the page no longer has, since the record's state fixes it now."""
        visible = {one if isinstance(one, str) else one.__name__.removesuffix("_shown") for one in shown}
        base, now = self.state(self.seen) or {}, states.within(self.now, self.obj) or {}
        for name in states.recorded_fields(type(self.obj)):
            if name in form.fields or name not in visible or name not in self.post:
                continue
            typed = normalised(str(self.post[name][-1])).strip()
            if typed and not (name in base and typed == _plain(base[name])):
                label = capfirst(str(getattr(self.obj._meta.get_field(name), "verbose_name", name)))
                stored = _plain(now.get(name), named=True)
                pieces = self.differences.between(stored, typed)
                self.found.fixed.append(Point(name, label, "", stored, typed, pieces, THEIRS_TO_YOURS))

    def point(
        self,
        result: Outcome,
        name: str,
        label: str,
        before: str,
        stored: str,
        typed: str,
        *,
        asked: str = "",
        answers: "Mapping[Side, StrOrPromise] | None" = None,
    ) -> None:
        """Adds what the page shows, with the difference that somebody has to know."""
        if result is Outcome.TAKEN or answers is REMOVED_BY_ME:
            old, new, what = before, stored, _("What they changed")
        elif result is Outcome.KEPT or answers is REMOVED_BY_THEM:
            old, new, what = before, typed, _("What you changed")
        else:
            old, new, what = stored, typed, THEIRS_TO_YOURS
        lists = {Outcome.TAKEN: self.found.taken, Outcome.KEPT: self.found.kept, Outcome.DISPUTED: self.found.choices}
        target = f"id_{name}" if answers is BOX else name
        asked, answers = (asked, answers or {}) if result is Outcome.DISPUTED else ("", {})
        pieces = self.differences.between(old, new)
        lists[result].append(Point(name, label, before, stored, typed, pieces, what, target, asked, answers))


class _Rows:
    """Of the rows of one formset."""

    def __init__(self, page: _Comparison, formset: Any, inline: "DeskInline") -> None:
        self.page, self.formset, self.inline = page, formset, inline
        self.prefix = formset.prefix
        self.model: type[Part] = inline.model  # type: ignore[assignment]
        parts = states.parts_of(type(page.obj))
        self.accessor = next(name for name, part in parts.items() if part is self.model)
        self.theirs = {str(form.instance.pk): form for form in formset.initial_forms}
        self.empty = self._form()

    def compare(self) -> None:
        page, prefix = self.page, self.prefix
        merged = self._merged()
        shown = [row for row in merged if row.fate is not Fate.REMOVED_BY_THEM]
        places = {row.typed.place: place for place, row in enumerate(shown) if row.typed}
        page.post = merging.renumbered(page.post, prefix, places)
        page.files = merging.renumbered(page.files, prefix, places)
        page.post[f"{prefix}-TOTAL_FORMS"] = [str(len(shown))]
        page.post[f"{prefix}-INITIAL_FORMS"] = [str(len(self.theirs))]
        for place, row in enumerate(shown):
            page.post[f"{prefix}-{place}-id"] = [row.part if row.part in self.theirs else ""]
            self._row(place, row)
        for row in merged:
            if row.fate is Fate.REMOVED_BY_THEM and row.typed and not row.typed.removed:
                self._point(Outcome.TAKEN, REMOVED, row, row.typed.place)

    def _merged(self) -> list[Row]:
        base = None
        if (held := self.page.state(self.page.seen)) is not None:
            known = {part: self.earlier(self.page.seen, part) for part in held.get(self.accessor, {})}
            base = {part: boxes.stored(form) for part, form in known.items() if form}
        theirs = {part: boxes.stored(form) for part, form in self.theirs.items()}
        return merging.rows(base, theirs, list(self._typed()), self._changed(), self.inline.same_when)

    def _changed(self) -> set[str]:
        """The parts that they changed since, with what belongs to them."""
        base, now = self.page.state(self.page.seen) or {}, states.within(self.page.now, self.page.obj) or {}
        then = base.get(self.accessor, {})
        return {part for part, held in now[self.accessor].items() if states.difference(then.get(part), held)[1]}

    def _typed(self) -> Iterator[TypedRow]:
        page, post = self.page, self.page.request.POST
        initial, total = (_number(post.get(f"{self.prefix}-{name}_FORMS", "")) or 0 for name in ("INITIAL", "TOTAL"))
        removable = self.inline.has_delete_permission(page.request, page.obj)
        for place in range(min(total, ROWS)):
            name = f"{self.prefix}-{place}"
            part = post.get(f"{name}-id", "") if place < initial else ""
            if place < initial and not _number(part):
                continue
            asked, _version, was = page.asked(name)
            removed = forms.CheckboxInput().value_from_datadict(post, page.request.FILES, f"{name}-DELETE")
            yield TypedRow(
                place,
                part,
                boxes.typed(self.empty, page.request, f"{name}-"),
                removed=bool(removable and removed),
                more=boxes.more_typed(self.empty, page.request, f"{name}-"),
                was=was if asked else "",
                chosen=page.chosen(name) if asked else None,
            )

    def _row(self, place: int, row: Row) -> None:
        page, new, stored = self.page, f"{self.prefix}-{place}-", self.theirs.get(row.part)
        if stored and row.fate is not Fate.REMOVED_BY_ME and (row.typed is None or row.typed.removed):
            for name in boxes.names(stored):
                page.write(stored, name, new)
        match row.fate:
            case Fate.STAYS if stored and row.typed and not row.typed.removed:
                page.compare(
                    stored,
                    lambda version: self.earlier(version, row.part),
                    row.typed.boxes,
                    f"{self.prefix}-{row.typed.place}-",
                    new,
                    lambda: self._title(row, place),
                )
            case Fate.STAYS:
                page.post.pop(f"{new}DELETE", None)
            case Fate.ADDED_BY_THEM:
                self._point(Outcome.TAKEN, ADDED, row, place)
            case Fate.ADDED_BY_ME if row.typed and self._says_anything(row.typed):
                self._point(Outcome.KEPT, ADDED, row, place)
            case Fate.REMOVED_BY_ME:
                self._point(Outcome.KEPT, REMOVED, row, place)
            case Fate.I_REMOVED_THEY_CHANGED:
                self._point(Outcome.DISPUTED, I_REMOVED_THEIR_CHANGES, row, place, REMOVED_BY_ME)
            case Fate.THEY_REMOVED_I_CHANGED:
                self._point(Outcome.DISPUTED, THEY_REMOVED_MY_CHANGES, row, place, REMOVED_BY_THEM)

    def _point(
        self,
        result: Outcome,
        label: "StrOrPromise",
        row: Row,
        place: int,
        answers: "Mapping[Side, StrOrPromise] | None" = None,
    ) -> None:
        """A row as a whole."""
        since = self._since(row)
        earlier, stored = self.earlier(since, row.part), self.theirs.get(row.part)
        before, now = (boxes.summary(form) if form else "" for form in (earlier, stored))
        if row.fate is Fate.I_REMOVED_THEY_CHANGED and before == now:
            label = I_REMOVED_UNSEEN_CHANGES
        typed = ""
        if row.typed and not row.typed.removed and row.fate is not Fate.REMOVED_BY_THEM:
            typed = boxes.summary_of_typed(self.empty, self.page.request, f"{self.prefix}-{row.typed.place}-")
        self.page.point(
            result,
            f"{self.prefix}-{place}",
            label % {"part": self._title(row, place)},
            before,
            now,
            typed,
            asked=f"{since or ''} {row.part}",
            answers=answers,
        )

    def _says_anything(self, row: TypedRow) -> bool:
        return row.more or not merging.same(boxes.stored(self.empty), row.boxes)

    def _since(self, row: Row) -> int | None:
        """The version that a row is compared with: the one of which it was asked, until that is answered."""
        if row.typed and row.typed.was and not row.typed.chosen:
            return self.page.asked(f"{self.prefix}-{row.typed.place}")[1]
        return self.page.seen

    def _title(self, row: Row, place: int) -> str:
        kind = capfirst(str(self.inline.verbose_name))
        form = self.theirs.get(row.part) or self.earlier(self._since(row), row.part)
        return named(kind, _name(form.instance)) if form else f"{kind} #{place + 1}"

    def _form(self, **given: Any) -> forms.ModelForm:
        return self.formset.form(**given, **self.formset.get_form_kwargs(None))  # type: ignore[no-any-return]

    def earlier(self, version: int | None, part: str) -> forms.ModelForm | None:
        """The form of a part as it was."""
        state = (self.page.state(version) or {}).get(self.accessor, {}).get(part)
        if state is None:
            return None
        given = {"pk": int(part), self.model.link: self.page.obj}
        return self._form(instance=states.as_record(self.model, state, **given))


def _plain(value: Any, *, named: bool = False) -> str:
    """A value of a state as text; of a reference the id, or the name."""
    if isinstance(value, list):
        value = value[1] if named else value[0]
    return "" if value is None else normalised(str(value)).strip()


def _name(record: models.Model) -> str:
    """What a record is called, also where what it refers to is gone."""
    try:
        return str(record)
    except ObjectDoesNotExist:
        return f"#{record.pk}"


def _number(text: str) -> int | None:
    """The number that a hidden field begins with."""
    word = text.partition(" ")[0]
    return int(word) if word.isascii() and word.isdigit() and len(word) <= 18 else None
