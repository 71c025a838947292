"""What all pages of the desk share: a save is one Change, overwrites nothing newer, and says what it refuses."""

import re
from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Any, cast

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import ActionLocation
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DataError, IntegrityError, models
from django.db.models import ProtectedError, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from factcheck import desk_script, history, rights
from factcheck.admin.conflicts import asks, conflict
from factcheck.admin.display import date_shown, named
from factcheck.admin.forms import FIELD_OVERRIDES, SAVED_MEANWHILE, Chooser, DeskForm, DeskInlineFormSet, RecordForm
from factcheck.admin.requests import OddRequests, number_in
from factcheck.admin.stories import Subject, sees_identity, story
from factcheck.models import Change, Claim, Conflict, PublicAddress, User, Whole
from factcheck.models.dates import PartialDateField
from factcheck.models.text import normalised
from factcheck.refusals import explain

REFUSALS = (Conflict, ValidationError, IntegrityError, DataError, OverflowError)
PUBLIC_AT_ONCE = _("Readers would see this at once: an editor does it.")
FORM_ACTION = f"{ActionLocation.CHANGE_FORM.value}-action"


def actor_of(request: HttpRequest) -> User:
    """Who is signed in: the admin lets nobody else in."""
    return cast(User, request.user)


def asked(request: HttpRequest, right: Callable[[User, Any], bool], record: Any) -> bool:
    """What `rights` says of the signed-in person, asked once in a request: a page asks for its record many times."""
    known = request.__dict__.setdefault("rights_asked", {})
    key = (right, type(record), record.pk)
    if key not in known:
        known[key] = right(actor_of(request), record)
    return bool(known[key])


def refused(error: Exception) -> ValidationError:
    """What was refused, as a form can show it."""
    if isinstance(error, Conflict):
        return ValidationError(SAVED_MEANWHILE)
    if isinstance(error, ProtectedError):
        others = sorted(named(other._meta.verbose_name, other) for other in error.protected_objects)
        return ValidationError(gettext("Other records name it: %(records)s.") % {"records": ", ".join(others[:3])})
    if isinstance(error, IntegrityError | ValidationError):
        return ValidationError(explain(error))
    return ValidationError(gettext("The database cannot store this: %(why)s") % {"why": str(error).splitlines()[0]})


class ShowsDates:
    """Where a date is not edited it is shown with no more than is known, and a moment with its time zone."""

    model: type[models.Model]
    opts: Any

    def fixed_fields(self, request: HttpRequest, obj: Any) -> Iterable[str]:
        """The fields that the record's state fixes."""
        return ()

    def may_edit(self, request: HttpRequest, obj: Any) -> bool:
        raise NotImplementedError

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Found out once in a request, in which Django asks up to five times."""
        known = request.__dict__.setdefault("readonly_fields", {})
        key = (type(self), type(obj), getattr(obj, "pk", None))
        if key not in known:
            names = [*super().get_readonly_fields(request, obj), *self.fixed_fields(request, obj)]  # type: ignore[misc]
            known[key] = [*dict.fromkeys(names), *(date_shown(self.model, name) for name in self._dates())]
        return list(known[key])

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)  # type: ignore[misc]
        shown = set(self._dates())
        if self.may_edit(request, obj):
            shown &= set(self.get_readonly_fields(request, obj))

        def swapped(field: Any) -> Any:
            if isinstance(field, list | tuple):
                return [swapped(inner) for inner in field]
            return date_shown(self.model, field) if field in shown else field

        return [(name, {**options, "fields": swapped(options["fields"])}) for name, options in fieldsets]

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):  # type: ignore[attr-defined]
            kwargs.setdefault("widget", Chooser(db_field, self.admin_site))  # type: ignore[attr-defined]
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Deleting another record is done on its own page, with a reason."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget.can_delete_related = False
        return field

    def _dates(self) -> list[str]:
        return [field.name for field in self.opts.fields if isinstance(field, PartialDateField | models.DateTimeField)]


class DeskInline(ShowsDates, admin.options.InlineModelAdmin):
    form = RecordForm
    formset = DeskInlineFormSet
    formfield_overrides = FIELD_OVERRIDES
    extra = 0
    same_when: Collection[str] = ()  # what two people added is one if these fields say the same; empty: all

    def may_edit(self, request: HttpRequest, obj: Any) -> bool:
        return self.has_change_permission(request, obj) or self.has_add_permission(request, obj)

    # `obj` is what the parts belong to, or None while that is being added.

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and self._may_change(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._may_change(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._may_change(request, obj)

    def _may_change(self, request: HttpRequest, obj: Any) -> bool:
        return obj is None or asked(request, rights.may_change, obj)


class DeskAdmin(ShowsDates, OddRequests):
    """The page of a whole. A part's own page says in `whole` what it belongs to."""

    form = DeskForm
    formfield_overrides = FIELD_OVERRIDES
    show_full_result_count = False
    list_per_page = 50
    object_history_template = "admin/factcheck/object_history.html"
    prepopulated_from: str = ""  # the field from which a slug is proposed

    class Media:
        css = {"all": ["factcheck/desk.css"]}
        js = [desk_script.SCRIPT]

    def whole(self, obj: Any) -> Whole:
        return cast(Whole, obj)

    def prepare(self, request: HttpRequest, obj: Any, cleaned: dict[str, Any]) -> None:
        """Sets what the form of a new record does not ask, before it is checked. May raise ValidationError."""

    def finish(self, request: HttpRequest, whole: Any) -> None:
        """What must follow a save, in its block."""

    # Rights. The pages of a list ask without a record, so that they cost no query for each.

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may = super().has_change_permission(request, obj)
        return may and (obj is None or asked(request, rights.may_change, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may = super().has_delete_permission(request, obj)
        return may and (obj is None or asked(request, rights.may_delete, obj))

    def why_fixed(self, request: HttpRequest, obj: Any) -> str:
        """Why the person does not change this record, though they change others of its kind; empty if they do."""
        if not super().has_change_permission(request) or asked(request, rights.is_open_to, obj):
            return ""
        kind = self.whole(obj)._meta.verbose_name
        return gettext("Readers see this %(kind)s: an editor changes it.") % {"kind": kind}

    # Fields

    def may_edit(self, request: HttpRequest, obj: Any) -> bool:
        return self.has_change_permission(request, obj) if obj else self.has_add_permission(request)

    def slug_is_fixed(self, obj: Any) -> bool:
        """Readers have had the address."""
        name = self.opts.model_name
        return obj is not None and PublicAddress.objects.filter(record_type=name, record_id=obj.pk).exists()

    def fixed_fields(self, request: HttpRequest, obj: Any) -> Iterable[str]:
        return ["slug"] if self.prepopulated_from and self.slug_is_fixed(obj) else []

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        source, fixed = self.prepopulated_from, self.get_readonly_fields(request, obj)
        return {} if not source or source in fixed or "slug" in fixed else {"slug": (source,)}

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = cast(type[DeskForm], super().get_form(request, obj, change=change, **kwargs))
        form.actor = actor_of(request)
        form.whole_of = staticmethod(self.whole)
        form.refusal = getattr(request, "refusal", None)
        form.overtaken = hasattr(request, "conflict")
        form.prepare = staticmethod(partial(self.prepare, request))
        return form

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """`?protected_identity_note__startswith=…` would tell the note letter by letter."""
        asked = set(lookup.split("__"))
        if "password" in asked or ("protected_identity_note" in asked and not sees_identity(request)):
            return False
        return super().lookup_allowed(lookup, value, request)

    # Saving

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Nothing: `save_related` saves the record together with its parts."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        whole = self.whole(form.instance)
        reason = form.cleaned_data.get("reason", "")
        seen = form.cleaned_data.get("seen")
        with history.change(whole, actor=actor_of(request), reason=reason, seen=seen):
            self.save_whole(request, form, formsets, change)
            self.finish(request, whole)
            # Others are public through claims; that a claim is, its version says
            if not isinstance(whole, Claim) and not rights.is_open_to(actor_of(request), whole):
                raise ValidationError(PUBLIC_AT_ONCE)

    def save_whole(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The record and its parts, in the open block."""
        form.instance.save()
        super().save_related(request, form, formsets, change)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        whole = self.whole(obj)
        with history.change(
            whole,
            actor=actor_of(request),
            reason=normalised(request.POST.get("reason", ""))[:1000],
            seen=number_in(request.POST.get("seen", "")),
        ):
            obj.delete()
            if whole is not obj:
                self.finish(request, whole)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        """All or none, each with its own Change; read one by one, since parts of one whole move its version."""
        with history.changes(actor=actor_of(request)):
            for pk in list(queryset.values_list("pk", flat=True)):
                self.delete_model(request, self.get_queryset(request).get(pk=pk))

    # Django's own log is not written. What it would be told first is that a form was saved.

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        request.saved = True  # type: ignore[attr-defined]

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        request.saved = True  # type: ignore[attr-defined]

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any: ...

    # Refusals

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """What the database refuses comes back as the form with everything that was typed, and the reason."""
        saves = self._saves(request)
        if object_id and saves and asks(request):
            self._merge(request, object_id)
        try:
            return self.told(request, super().changeform_view(request, object_id, form_url, extra_context))
        except PermissionDenied:
            if object_id and saves and (response := self._closed(request, unquote(object_id))):
                return response
            raise
        except REFUSALS as error:
            if request.method != "POST":
                raise
            if object_id and isinstance(error, Conflict):
                self._merge(request, object_id, overtaken=True)
            else:
                request.refusal = refused(error)  # type: ignore[attr-defined]
        typed = request.POST.copy()
        typed.pop(FORM_ACTION, None)
        request.POST = typed  # type: ignore[assignment]
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _saves(self, request: HttpRequest) -> bool:
        """Whether the form's own buttons sent it, and no action."""
        buttons = {"_save", "_continue", "_addanother"}
        return request.method == "POST" and (FORM_ACTION not in request.POST or not buttons.isdisjoint(request.POST))

    def _merge(self, request: HttpRequest, object_id: str, *, overtaken: bool = False) -> None:
        """Applies what was chosen. What is still open, or new, becomes the page that asks about it."""
        if found := conflict(self, request, unquote(object_id), overtaken=overtaken):
            request.POST, request._files = found.post, found.files  # type: ignore[assignment,attr-defined]
            if found.refused:
                request.conflict = found  # type: ignore[attr-defined]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        form = context["adminform"].form
        if context.get("original"):
            context["why_fixed"] = self.why_fixed(request, context["original"])
        if form.in_conflict:
            others = [errors for name, errors in form.errors.items() if name != "__all__"]
            title = gettext("Not saved: somebody else saved this %(kind)s meanwhile")
            context |= {
                "title": title % {"kind": self.opts.verbose_name},
                "subtitle": request.conflict.name,  # type: ignore[attr-defined]
                "conflict": request.conflict,  # type: ignore[attr-defined]
                "errors": others or None,
            }
        response = super().render_change_form(request, context, *args, **kwargs)
        if form.in_conflict:
            response.status_code = 409
        return response

    def told(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Tells the browser (desk.js) which of the texts that it keeps is saved, and need not be kept any longer."""
        draft = request.POST.get("draft", "")
        if getattr(request, "saved", False) and re.fullmatch("[0-9a-f]{8,40}", draft):
            response.set_cookie(
                "desk_saved",
                draft,
                max_age=86_400,
                path=reverse("admin:index"),
                secure=settings.SESSION_COOKIE_SECURE,
                samesite="Strict",
            )
        return response

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        """A record that was deleted while somebody typed: what they typed is shown, not lost."""
        if not self._saves(request):
            return super()._get_obj_does_not_exist_redirect(request, opts, object_id)  # type: ignore[misc,no-any-return]
        changes = Change.objects.filter(whole_type=opts.model_name, whole_id=number_in(unquote(object_id)) or 0)
        title = gettext("Not saved: this %(kind)s was deleted meanwhile")
        return self._typed(request, title, changes.filter(action="deleted").first())

    def _closed(self, request: HttpRequest, object_id: str) -> HttpResponse | None:
        """The same for a record that a step has closed to this person, such as a draft that was submitted."""
        obj = self.get_object(request, object_id)
        if obj is None or not self.has_change_permission(request) or not self.has_view_permission(request, obj):
            return None
        whole = self.whole(obj)
        if number_in(request.POST.get("seen", "")) in (None, whole.version):
            return None
        last = Change.objects.of(whole).order_by("-sequence").first()
        title = gettext("Not saved: this %(kind)s can not be edited any more")
        return self._typed(request, title, last, request.path)

    def _typed(self, request: HttpRequest, title: str, last: Change | None, address: str = "") -> HttpResponse:
        hidden = ("csrfmiddlewaretoken", "seen", "draft", "_save", "_continue", "_addanother", "_next")
        typed = [(name, value) for name, values in request.POST.lists() for value in values if value.strip()]
        context = {
            **self.admin_site.each_context(request),
            "title": title % {"kind": self.opts.verbose_name},
            "opts": self.opts,
            "media": self.media,
            "last": last,
            "address": address,
            "typed": [(name, value) for name, value in typed if name not in hidden and not name.endswith("_FORMS")],
        }
        return TemplateResponse(request, "admin/factcheck/gone.html", context, status=409)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        try:
            return super().delete_view(request, object_id, extra_context)
        except REFUSALS as error:
            self._say(request, error)
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return HttpResponseRedirect(reverse(name, args=[object_id]))

    def render_delete_form(self, request: HttpRequest, context: Any) -> HttpResponse:
        context["seen"] = self.whole(context["object"]).version
        return super().render_delete_form(request, context)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        try:
            return super().changelist_view(request, extra_context)
        except REFUSALS as error:
            if request.method != "POST":
                if "e" in request.GET:
                    raise
                return HttpResponseRedirect(f"{request.path}?e=1")  # Django's own answer to a lookup that is none
            self._say(request, error)
        return HttpResponseRedirect(request.get_full_path())

    def _say(self, request: HttpRequest, error: Exception) -> None:
        for message in refused(error).messages:
            words = gettext("Nothing was changed. %(why)s") % {"why": message}
            self.message_user(request, words, messages.ERROR)

    def response_action(self, request: HttpRequest, queryset: Any, action_location: Any = None) -> Any:
        """An action on a record's own page does not throw away what was typed there."""
        location = action_location or ActionLocation.CHANGE_LIST
        if location == ActionLocation.CHANGE_FORM and "seen" in request.POST:
            obj = queryset.get(pk=request.POST[ACTION_CHECKBOX_NAME])
            if self.has_change_permission(request, obj) and self._is_changed(request, obj):
                raise ValidationError(
                    gettext("Save what you changed first, or reload the page; then choose the action again.")
                )
        return super().response_action(request, queryset, action_location=location)

    def _is_changed(self, request: HttpRequest, obj: Any) -> bool:
        fields = flatten_fieldsets(self.get_fieldsets(request, obj))
        form = self.get_form(request, obj, change=True, fields=fields)(request.POST, request.FILES, instance=obj)
        formsets, _inlines = self._create_formsets(request, obj, change=True)  # type: ignore[attr-defined]
        return bool(set(form.changed_data) - {"seen"}) or any(formset.has_changed() for formset in formsets)

    # History and the public page

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Our own history in place of Django's, also of a record that is deleted."""
        obj = self.get_object(request, unquote(object_id))
        if obj is not None:
            return story(self, request, Subject.of(self.whole(obj), obj))
        if subject := Subject.deleted(self.model, number_in(unquote(object_id))):
            return story(self, request, subject)
        return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)

    def view_on_site(self, obj: Any) -> str | None:
        """The public page, where readers see one."""
        if not hasattr(obj, "get_absolute_url") or not type(obj).objects.public().filter(pk=obj.pk).exists():
            return None
        return str(obj.get_absolute_url())
