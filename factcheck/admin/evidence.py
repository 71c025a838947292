"""Evidence: its capture and how one gets it, the origins named before, and what is filled in after publication."""

import errno
from collections.abc import Collection
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Field, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from factcheck import captures
from factcheck.admin.attaching import EvidenceForm
from factcheck.admin.base import DeskAdmin, DeskInline, actor_of
from factcheck.admin.display import link, moment, shortened
from factcheck.admin.forms import DeskForm
from factcheck.models import ONCE_PUBLISHED, Evidence, Origin, ReviewState, Searched, Whole
from factcheck.models.evidence import known_origins

ORIGINS = "evidence-origins"  # the list of them on the page


def capture_line(evidence: Evidence) -> Any:
    """What is stored, with when, by whom and with what tool, and the link to get it."""
    if not evidence.capture_sha256:
        return pgettext("a capture", "None.")
    short = f"{evidence.capture_sha256[:12]}…"
    try:
        held = str(captures.look_at(evidence.capture_sha256))
    except OSError:
        held = gettext("the file is missing or cannot be read")
    address = reverse("admin:factcheck_evidence_capture", args=[evidence.pk])
    if evidence.capture_tool:
        words = gettext("{capture}: {file}, {at}, by {who} with {tool}")
    else:
        words = gettext("{capture}: {file}, {at}, by {who} with an unknown tool")
    line = format_html(
        words,
        capture=link(address, f"SHA-256 {short}"),
        file=held,
        at=moment(evidence.captured_at),
        who=evidence.captured_by,
        tool=evidence.capture_tool,
    )
    return format_html("{}{}", line, _fault_line(evidence))


def _fault_line(evidence: Evidence) -> Any:
    fault = getattr(evidence, "capture_fault", None)
    if fault is None or fault.sha256 != evidence.capture_sha256:
        return ""
    given = {"problem": fault.get_problem_display(), "at": moment(fault.found_at)}
    return format_html(". <strong>{}</strong>", gettext("%(problem)s, found %(at)s") % given)


def fillable(evidence: Evidence) -> set[str]:
    """What may be filled in after publication: an empty archive address or capture, or the lost file itself."""
    review = evidence.review
    if review.origin != Origin.DESK or review.state not in ONCE_PUBLISHED:
        return set()
    found = set() if evidence.archived_url else {"archived_url"}
    return found if evidence.capture_sha256 and not _fault_line(evidence) else found | {"file"}


class CapturesInline(DeskInline):
    """What the evidence of a review has beside its columns: its capture, and the origins that were named before."""

    form = EvidenceForm
    template = "admin/factcheck/evidence_inline.html"
    readonly_fields = ["captured"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("review", "captured_by", "capture_fault")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        attach = [("file", "tool")] if self.may_edit(request, obj) else []
        return [*super().get_fields(request, obj), "captured", *attach]

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset: Any = super().get_formset(request, obj, **kwargs)
        formset.form.actor = actor_of(request)
        formset.origins_offered = staticmethod(partial(known_origins, obj.claim) if obj else list)
        return formset

    def formfield_for_dbfield(self, db_field: Field, request: Any, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "origin":
            field.widget.attrs["list"] = ORIGINS
        return field

    @admin.display(description=_("capture"))
    def captured(self, evidence: Evidence) -> Any:
        if evidence.pk and fillable(evidence):
            page = reverse("admin:factcheck_evidence_change", args=[evidence.pk])
            return format_html("{} {}", capture_line(evidence), link(page, gettext("Add what is missing")))
        return capture_line(evidence)


# Evidence by itself


class EvidencePageForm(EvidenceForm, DeskForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "file" in fillable(self.instance):
            # What was captured is fixed: only the same file makes up for a lost one
            self.fields["file"].only = self.instance.capture_sha256  # type: ignore[attr-defined]
        else:
            del self.fields["file"], self.fields["tool"]


class Captured(admin.SimpleListFilter):
    title = _("capture")
    parameter_name = "capture"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("failing", gettext("Missing or changed")),
            ("there", pgettext("a capture", "There")),
            ("none", pgettext("a capture", "None")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case "failing":
                return queryset.filter(pk__in=Evidence.objects.failing().order_by().values("pk"))
            case "there":
                return queryset.exclude(capture_sha256="")
            case "none":
                return queryset.filter(capture_sha256="")
        return queryset


@admin.register(Evidence)
class EvidenceAdmin(DeskAdmin):
    form = EvidencePageForm
    list_display = ["short_title", "short_claim", "stance", "kind", "source", "origin", "is_captured"]
    list_filter = [Captured, "stance", "kind"]
    list_select_related = ["review__claim"]
    search_fields = ["title", "source", "origin", "=url", "^capture_sha256"]
    searched_through = [(Searched.CLAIM, "review__claim__pk")]
    ordering = ["-id"]
    readonly_fields = ["review_page", "captured"]
    fieldsets = [
        (
            None,
            {
                "description": _(
                    "A source that a verdict rests on. It is edited on the page of its review, until that is "
                    "published. Afterwards an empty archive address or capture is filled in here."
                ),
                "fields": [
                    "review_page", "title", "url", ("source", "origin"), ("kind", "stance", "interest", "accessed_on"),
                    "excerpt", "note",
                ],
            },
        ),
        (_("As it was"), {"fields": ["archived_url", "captured"]}),
    ]  # fmt: skip

    def whole(self, obj: Any) -> Whole:
        review: Whole = obj.review
        return review

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("review__claim", "captured_by", "capture_fault")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj and self.may_edit(request, obj) and "file" in fillable(obj):
            fieldsets[-1][1]["fields"] = [*fieldsets[-1][1]["fields"], "file", "tool"]
        return fieldsets

    def fixed_fields(self, request: HttpRequest, obj: Any) -> Collection[str]:
        """What a published review rests on is fixed."""
        open_fields = fillable(obj) if obj else set()
        return [name for name in self._columns() if name not in open_fields]

    def _columns(self) -> list[str]:
        return [field.name for field in self.opts.fields if field.editable]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or bool(fillable(obj)))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """That of a draft of ours; Django asks this also for what goes with a draft."""
        of_draft = obj is None or (obj.review.origin == Origin.DESK and obj.review.state == ReviewState.DRAFT)
        return super().has_delete_permission(request, obj) and of_draft

    def get_urls(self) -> list[Any]:
        download = self.admin_site.admin_view(require_safe(self.download))
        return [path("<int:pk>/capture/", download, name="factcheck_evidence_capture"), *super().get_urls()]

    def download(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The capture as a file to keep, whatever it is: no browser shows or runs it here."""
        evidence = get_object_or_404(Evidence, pk=pk)
        if not self.has_view_permission(request, evidence):
            raise PermissionDenied
        sha256 = evidence.capture_sha256
        try:
            if evidence.capture.name != captures.name_of(sha256):
                raise OSError(errno.EINVAL, gettext("the record names another place"))
            kind = captures.look_at(sha256).kind
            file = captures.opened(sha256)
        except OSError as error:
            why = gettext("The capture cannot be had: %(why)s.") if sha256 else gettext("This evidence has no capture.")
            why %= {"why": error.strerror}
            self.message_user(request, why, messages.ERROR)
            return HttpResponseRedirect(reverse("admin:factcheck_evidence_change", args=[evidence.pk]))
        return FileResponse(
            file,
            as_attachment=True,
            filename=f"evidence-{evidence.pk}-{sha256[:8]}.{kind.extension if kind else 'bin'}",
            content_type="application/octet-stream",
            headers={
                "Cache-Control": "private, no-store",
                "Content-Security-Policy": "sandbox; default-src 'none'",
                "X-Content-Type-Options": "nosniff",
            },
        )

    @admin.display(description=_("review"))
    def review_page(self, evidence: Evidence) -> Any:
        review = evidence.review
        given = {"number": review.number, "claim": shortened(review.claim.text, 80)}
        if review.number:
            words = gettext("Review %(number)s of “%(claim)s”") % given
        else:
            words = gettext("Another publisher's review of “%(claim)s”") % given
        return link(reverse("admin:factcheck_review_change", args=[review.pk]), words)

    @admin.display(description=_("capture"))
    def captured(self, evidence: Evidence) -> Any:
        return capture_line(evidence)

    @admin.display(description=_("title"), ordering="title")
    def short_title(self, evidence: Evidence) -> str:
        return shortened(evidence.title, 80)

    @admin.display(description=_("claim"), ordering="review__claim__text")
    def short_claim(self, evidence: Evidence) -> str:
        return shortened(evidence.review.claim.text, 80)

    @admin.display(description=_("captured"), boolean=True)
    def is_captured(self, evidence: Evidence) -> bool:
        return bool(evidence.capture_sha256)
