"""The editorial steps as the desk offers them: a button for each that one may take now, and a page that asks first."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import ActionLocation
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from factcheck import history, rights, workflow
from factcheck.admin.base import FORM_ACTION, DeskAdmin, actor_of, refused
from factcheck.admin.forms import TextBox
from factcheck.admin.requests import number_in
from factcheck.models import Claim, ClaimTopic, Conflict, Priority, Review, Severity, Topic, User, Whole
from factcheck.models.text import validate_text
from factcheck.templatetags.desk import seen_name

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PUBLIC, DESK = "public", "desk"
FORM, LIST = ActionLocation.CHANGE_FORM, ActionLocation.CHANGE_LIST
REFUSED = (Conflict, ValidationError, PermissionDenied, IntegrityError)


def text(
    label: "StrOrPromise", help_text: "StrOrPromise" = "", *, required: bool = False, rows: int = 3
) -> forms.CharField:
    return TextBox(
        label=label,
        help_text=help_text,
        required=required,
        max_length=5000,
        validators=[validate_text],
        widget=AdminTextareaWidget(attrs={"rows": rows}),
    )


def reason() -> forms.CharField:
    return text(_("Why?"), _("Stands in the history. You may leave it empty."), rows=2)


class StepForm(forms.Form):
    """What a step asks on its page. `records` are those it is about to be taken with, `actor` who takes it."""

    def __init__(self, *args: Any, records: list[Any], actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.records = records
        self.actor = actor
        self.prepare()

    def prepare(self) -> None:
        """Fits the fields to the records."""


class ReasonForm(StepForm):
    reason = reason()


class DeclineForm(StepForm):
    reason = text(_("Why do we not check it?"), _("For the desk; readers never see it."), required=True)


class ReturnForm(StepForm):
    reason = text(
        _("What has to change?"), _("The author finds it on the review. Readers never see it."), required=True
    )


class UnlistForm(StepForm):
    note = text(_("Public note"), _("Readers find it at the claim's old address."))
    reason = reason()

    def prepare(self) -> None:
        if workflow.had_published_review([claim.pk for claim in self.records]):
            note = self.fields["note"]
            note.required = True
            note.help_text = " ".join((str(note.help_text), gettext("We published a review, so it has to be there.")))


class WithdrawForm(StepForm):
    note = text(
        _("Public note"),
        _("Stands above the review, which stays readable: why do we take it back?"),
        required=True,
    )
    reason = reason()


class ApproveForm(StepForm):
    CORRECTED, UPDATED = "corrected", "updated"

    about_former = forms.ChoiceField(
        label=_("The review published until now"),
        choices=[
            (CORRECTED, _("Something in it was wrong: publish a correction")),
            (UPDATED, _("Nothing in it was wrong")),
        ],
        widget=forms.RadioSelect,
    )
    severity = forms.ChoiceField(
        label=_("If it was wrong, how"), choices=[("", "–"), *Severity.choices], required=False
    )
    note = text(_("Public note"), _("What was wrong and what is right now; or, if nothing was wrong, what is new."))
    reason = reason()

    def prepare(self) -> None:
        if not any(review.claim.reviews.current().exists() for review in self.records):
            for name in ("about_former", "severity", "note"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "about_former" in self.fields:
            if not cleaned.get("note", "").strip():
                self.add_error("note", gettext("Tell readers what was wrong, or what is new."))
            if cleaned.get("about_former") == self.CORRECTED and not cleaned.get("severity"):
                self.add_error("severity", gettext("Say what kind of mistake it was."))
        return cleaned

    @property
    def former(self) -> workflow.Corrected | workflow.Updated | None:
        given = self.cleaned_data
        if "about_former" not in self.fields:
            return None
        if given["about_former"] == self.UPDATED:
            return workflow.Updated(given["note"])
        return workflow.Corrected(given["severity"], given["note"])


class CorrectForm(StepForm):
    severity = forms.ChoiceField(
        label=_("Severity"),
        choices=[choice for choice in Severity.choices if choice[0] != Severity.VERDICT_CHANGED],
        help_text=_("A changed verdict is corrected by publishing a new review."),
    )
    note = text(_("Public note"), _("What was wrong and what is right now. Readers see it."), required=True)
    before = text(_("Before"), _("The words that were wrong, if that helps."), rows=2)
    after = text(_("After"), rows=2)


class AssignForm(StepForm):
    to = forms.ModelChoiceField(
        User.objects.none(), label=_("Assign to"), required=False, empty_label=cast(str, _("Nobody"))
    )
    reason = reason()

    def prepare(self) -> None:
        people = User.objects.filter(is_staff=True, is_active=True).order_by("username")
        cast(forms.ModelChoiceField, self.fields["to"]).queryset = people


class TopicForm(StepForm):
    topic = forms.ModelChoiceField(
        Topic.objects.order_by("name"), label=_("Topic"), help_text=_("Added to the topics that a claim has.")
    )
    reason = reason()


class PriorityForm(StepForm):
    priority = forms.TypedChoiceField(label=_("Priority"), choices=Priority.choices, coerce=int)
    reason = reason()


def set_topic(claim: Claim, topic: Topic, *, actor: User, reason: str, seen: int) -> None:
    """Raises ValidationError if the claim has it."""
    with history.change(claim, actor=actor, reason=reason, seen=seen):
        if claim.claim_topics.filter(topic=topic).exists():
            raise ValidationError(gettext("The claim has this topic already."))
        ClaimTopic(claim=claim, topic=topic).save()


def set_priority(claim: Claim, priority: int, *, actor: User, reason: str, seen: int) -> None:
    """Raises ValidationError if it is that already."""
    with history.change(claim, actor=actor, reason=reason, seen=seen):
        if claim.priority == priority:
            raise ValidationError(gettext("This is its priority already."))
        claim.priority = priority
        claim.save(update_fields=["priority"])


@dataclass(frozen=True, slots=True)
class Step:
    """One button: what it is called, what its page asks, and what it does. `rule` is its name in the workflow."""

    name: str
    label: "StrOrPromise"
    done: "StrOrPromise"  # what it says afterwards, of a record or of how many
    take: Callable[[Any, User, int, Any], Any]
    form: type[StepForm] = ReasonForm
    rule: str = ""
    model: type[Whole] = Review
    at: tuple[ActionLocation, ...] = (FORM,)
    edits: str = ""  # where there is no rule: an edit of what readers see, or of what the desk alone does
    words: "StrOrPromise" = ""  # what the page says first
    is_asked: bool = True
    is_next: bool = False  # the way forward, as against aside and back
    leads_on: bool = False  # to the page of the review that it returns, where the work goes on

    def may(self, record: Whole, actor: User) -> bool:
        return not self.refusal(record, actor)

    def refusal(self, record: Whole, actor: User) -> str:
        """Why this person cannot take the step with this record now; empty if they can."""
        if self.edits:
            allowed = (
                rights.may_change(actor, record) if self.edits == PUBLIC else actor.has_perm("factcheck.change_claim")
            )
            return "" if allowed else gettext("Your role does not allow you to change this claim.")
        return workflow.refusal(self.rule, record, actor)


def _with_reason(step: Callable[..., Any]) -> Callable[[Any, User, int, Any], Any]:
    """A step of the workflow that asks for nothing but the reason."""
    return lambda record, actor, seen, form: step(record, actor=actor, seen=seen, reason=form.cleaned_data["reason"])


def _with_note(step: Callable[..., Any]) -> Callable[[Any, User, int, Any], Any]:
    return lambda record, actor, seen, form: step(
        record, actor=actor, seen=seen, reason=form.cleaned_data["reason"], note=form.cleaned_data["note"]
    )


def _given(name: str, step: Callable[..., Any]) -> Callable[[Any, User, int, Any], Any]:
    """A step to which one more value of the form is given."""
    return lambda record, actor, seen, form: step(
        record, form.cleaned_data[name], actor=actor, seen=seen, reason=form.cleaned_data["reason"]
    )


def _approve(review: Review, actor: User, seen: int, form: ApproveForm) -> Review:
    why = form.cleaned_data["reason"]
    return workflow.approve_and_publish(review, actor=actor, seen=seen, reason=why, about_former=form.former)


STEPS = {
    step.name: step
    for step in (
        Step(
            "assign_to_me", _("Assign to me"), _("“%(record)s” is yours now."),
            lambda claim, actor, seen, form: workflow.assign(claim, actor, actor=actor, seen=seen),
            rule="assign", model=Claim, at=(FORM, LIST), is_asked=False,
        ),
        Step(
            "start_review", _("Start a review"), _("“%(record)s” has a draft now."),
            _with_reason(workflow.start_review), rule="start_review", model=Claim, is_next=True, leads_on=True,
            words=_(
                "You become the author of a draft. Where a review is published, the draft begins with what that says "
                "and with its evidence."
            ),
        ),
        Step(
            "list_claim", _("List: make public"), _("“%(record)s” is public now."),
            _with_reason(workflow.list_claim), rule="list_claim", model=Claim, at=(FORM, LIST),
            words=_("Readers see the claim from now on, and its address is fixed for good."),
        ),
        Step(
            "unlist_claim", _("Unlist"), _("“%(record)s” is not public any more."),
            _with_note(workflow.unlist_claim), form=UnlistForm, rule="unlist_claim", model=Claim, at=(FORM, LIST),
            words=_(
                "The public site will not show it any more. At its address readers find the date and the note that "
                "you write here."
            ),
        ),
        Step(
            "correct", _("Publish a correction"), _("“%(record)s” has a correction now."),
            lambda claim, actor, seen, form: workflow.correct(claim, actor=actor, seen=seen, **form.cleaned_data),
            form=CorrectForm, rule="correct", model=Claim,
            words=_("Tells readers that the record of the claim was wrong. It does not change the record."),
        ),
        Step(
            "assign", _("Assign …"), _("“%(record)s” is assigned."),
            _given("to", workflow.assign), form=AssignForm, rule="assign", model=Claim, at=(FORM, LIST),
        ),
        Step(
            "set_topic", _("Add a topic"), _("“%(record)s” has the topic now."),
            _given("topic", set_topic), form=TopicForm, model=Claim, at=(LIST,), edits=PUBLIC,
        ),
        Step(
            "set_priority", _("Set the priority"), _("“%(record)s” has that priority now."),
            _given("priority", set_priority), form=PriorityForm, model=Claim, at=(LIST,), edits=DESK,
        ),
        Step(
            "decline", _("Decline"), _("“%(record)s” is out of the queue."),
            _with_reason(workflow.decline), form=DeclineForm, rule="decline", model=Claim, at=(FORM, LIST),
            words=_("Takes the claim out of the queue. Neither its listing nor its status changes."),
        ),
        Step(
            "reconsider", _("Reconsider"), _("“%(record)s” is in the queue again."),
            _with_reason(workflow.reconsider), rule="reconsider", model=Claim,
        ),
        Step(
            "submit", _("Submit for approval"), _("“%(record)s” is submitted."),
            _with_reason(workflow.submit), rule="submit", is_next=True,
            words=_("A colleague who wrote none of it reads and approves it. An edit makes it a draft again."),
        ),
        Step(
            "approve_and_publish", _("Approve and publish"), _("“%(record)s” is published."),
            _approve, form=ApproveForm, rule="approve_and_publish", is_next=True,
            words=_("You wrote none of this and have read it. It is published under both names."),
        ),
        Step(
            "return_for_changes", _("Return for changes"), _("“%(record)s” is back with its author."),
            _with_reason(workflow.return_for_changes), form=ReturnForm, rule="return_for_changes",
        ),
        Step(
            "call_back", _("Call back"), _("“%(record)s” is a draft again."),
            _with_reason(workflow.call_back), rule="call_back",
        ),
        Step(
            "take_over", _("Take over"), _("“%(record)s” is yours now."),
            _with_reason(workflow.take_over), rule="take_over",
            words=_("You become the author. Who wrote any of it before cannot approve it either."),
        ),
        Step(
            "withdraw", _("Withdraw"), _("“%(record)s” is withdrawn."),
            _with_note(workflow.withdraw), form=WithdrawForm, rule="withdraw",
            words=_("The claim is no longer rated by us. The review stays readable under your note."),
        ),
        Step(
            "discard_review", _("Discard"), _("“%(record)s” is discarded."),
            _with_reason(workflow.discard_review), rule="discard_review",
            words=_("Gives the draft up. It stays in the history, and another may be started."),
        ),
    )
}  # fmt: skip


@dataclass(slots=True)
class Row:
    """A record on the page of a step, with the version that was seen of it."""

    record: Any
    seen: int
    refusal: str = ""
    errors: list[str] = field(default_factory=list)
    is_stale: bool = False  # somebody saved the record since it was seen
    returned: Any = None


def action_of(step: Step) -> Callable[..., Any]:
    """The step as Django's admin knows it."""

    def act(desk: "StepsAdmin", request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        return desk.take_step(request, step, queryset)

    act.__name__ = step.name
    decorated = admin.action(act, description=step.label, description_plural=step.label, location=list(step.at))
    return cast(Callable[..., Any], decorated)


class StepsAdmin(DeskAdmin):
    """A page with the buttons of steps. On a claim's page are also those of its review."""

    steps: ClassVar[tuple[str, ...]] = ()

    @property
    def actions(self) -> list[Any]:  # type: ignore[override]
        return [action_of(STEPS[name]) for name in self.steps]

    def record_of(self, step: Step, obj: Any) -> Whole | None:
        """What the step is taken with, from this page."""
        return obj if isinstance(obj, step.model) else None

    def open_steps(self, request: HttpRequest, obj: Any) -> list[Step]:
        """Exactly the steps that this person may take now, the ways forward first."""
        known: dict[Any, list[Step]] = request.__dict__.setdefault("steps_asked", {})
        if (obj.pk, obj.version) not in known:
            known[obj.pk, obj.version] = self._open_steps(actor_of(request), obj)
        return known[obj.pk, obj.version]

    def _open_steps(self, actor: User, obj: Any) -> list[Step]:
        found = []
        for name in self.steps:
            step = STEPS[name]
            record = self.record_of(step, obj) if FORM in step.at else None
            if record is not None and step.may(record, actor):
                found.append(step)
        return sorted(found, key=lambda step: not step.is_next)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if obj := context.get("original"):
            context["open_steps"] = self.open_steps(request, obj)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_action_choices(
        self, request: HttpRequest, default_choices: Any = None, action_location: Any = LIST
    ) -> list[tuple[str, Any]]:
        choices = super().get_action_choices(request, default_choices, action_location=action_location)
        if action_location == LIST:
            rights = {name: STEPS[name].rule for name in self.steps}
            return [(name, label) for name, label in choices if self._may_any(request, rights.get(name, ""))]
        key = cast(Any, request.resolver_match).kwargs.get("object_id", "")
        obj = self.get_object(request, key) if key else None
        offered = {step.name for step in self.open_steps(request, obj)} if obj else set()
        return [(name, label) for name, label in choices if not name or name in offered]

    def _may_any(self, request: HttpRequest, rule: str) -> bool:
        return not rule or actor_of(request).has_perm(f"factcheck.{workflow.RULES[rule].permission}")

    def take_step(self, request: HttpRequest, step: Step, queryset: QuerySet) -> HttpResponse | None:
        """Asks on a page of its own, then takes the step with each record; those refused are named with why."""
        actor = actor_of(request)
        rows = []
        for obj in queryset.order_by("pk"):
            if (record := self.record_of(step, obj)) is not None:
                seen = self._seen(request, obj, record)
                is_stale = seen != record.version
                stale = gettext("Somebody saved this meanwhile: look at it again.") if is_stale else ""
                rows.append(Row(record, seen, stale or step.refusal(record, actor), is_stale=is_stale))
        able = [row for row in rows if not row.refusal]
        is_confirmed = "confirmed" in request.POST or not step.is_asked
        form = step.form(request.POST if is_confirmed else None, records=[row.record for row in able], actor=actor)
        if is_confirmed and able and (form.is_valid() or not step.is_asked):
            taken = sum(self._take(request, step, row, form) for row in able)
            if taken:
                name = str(able[0].record)[:80]
                if len(rows) > 1:
                    name = gettext("%(taken)s of %(total)s") % {"taken": taken, "total": len(rows)}
                self.message_user(request, step.done % {"record": name}, messages.SUCCESS)
            if taken or len(rows) > 1:
                for row in rows:
                    for error in [row.refusal, *row.errors]:
                        if error:
                            refusal = gettext("“%(record)s”: %(why)s") % {"record": str(row.record)[:80], "why": error}
                            self.message_user(request, refusal, messages.ERROR)
                leads_on = taken and step.leads_on
                onward = reverse("admin:factcheck_review_change", args=[rows[0].returned.pk]) if leads_on else ""
                request.saved = bool(taken)  # type: ignore[attr-defined]
                return self.told(request, HttpResponseRedirect(onward or request.get_full_path()))
        if not able and len(rows) == 1 and not is_confirmed:
            self.message_user(request, rows[0].refusal, messages.ERROR)
            return None
        return self._page(request, step, rows, form)

    def _take(self, request: HttpRequest, step: Step, row: Row, form: StepForm) -> bool:
        try:
            row.returned = step.take(row.record, actor_of(request), row.seen, form)
        except REFUSED as error:
            denied = isinstance(error, PermissionDenied)
            row.errors = [str(error)] if denied else refused(error).messages
            row.is_stale = isinstance(error, Conflict)
            return False
        return True

    def _seen(self, request: HttpRequest, obj: Any, record: Whole) -> int:
        """The version that was on the page from which the step was taken; a list shows the one of now."""
        names = [seen_name(record), *(["seen"] if record == obj else [])]
        given = next((request.POST[name] for name in names if name in request.POST), None)
        if given is None:
            return record.version
        return number_in(given) or 0

    def _page(self, request: HttpRequest, step: Step, rows: list[Row], form: StepForm) -> HttpResponse:
        is_list = FORM_ACTION not in request.POST
        context = {
            **self.admin_site.each_context(request),
            "title": str(step.label).rstrip(" …"),
            "opts": self.opts,
            "media": self.media + form.media,
            "step": step,
            "rows": rows,
            "able": [row for row in rows if not row.refusal],
            "form": form,
            "action_name": "action" if is_list else FORM_ACTION,
            "selected": request.POST.getlist("_selected_action"),
            "select_across": request.POST.get("select_across", ""),
            "back": request.get_full_path(),
        }
        status = 409 if any(row.is_stale for row in rows) else 200
        return TemplateResponse(request, "admin/factcheck/step.html", context, status=status)
