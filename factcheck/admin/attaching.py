"""Attaching a capture to an evidence: the file is stored at once, and stays attached until the form is saved."""

from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from factcheck import captures
from factcheck.admin.forms import RecordForm
from factcheck.filekinds import ALLOWED, KINDS
from factcheck.models import User
from factcheck.models.text import is_blank, validate_line, validate_text

SALT = "factcheck.capture"
UPLOADED = "upload"  # what is stored as the tool, where nobody names one


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that is in the store, but with no evidence yet."""

    stored: captures.Stored
    name: str  # as the browser gave it: only shown

    def signed(self) -> str:
        return signing.dumps([self.stored.sha256, self.name], salt=SALT, compress=True)

    @classmethod
    def of(cls, reference: str) -> "Attached":
        """Raises ValidationError where it is not ours, or the file was removed meanwhile."""
        try:
            sha256, name = signing.loads(reference, salt=SALT)
            captures.keep(sha256)
            return cls(captures.look_at(sha256), name)
        except (signing.BadSignature, OSError):
            raise ValidationError(
                gettext("The file that was attached is not there any more: attach it again.")
            ) from None


@dataclass(frozen=True, slots=True)
class Sent:
    """What a browser sends of a capture."""

    upload: UploadedFile | None
    reference: str  # to what was attached before
    instead_of: str  # the SHA-256 of the capture that the page showed
    drop: bool
    replace: bool


class CaptureInput(forms.FileInput):
    """A file box. What was attached stays so, by a signed reference, while the rest of the form is put right."""

    attached: Attached | None = None
    current = ""  # the SHA-256 of the capture that the evidence has
    asked_of: str | None = None  # the one that the page showed, where it has to be asked about the current one

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Sent:
        return Sent(
            files.get(name),
            data.get(f"{name}-attached", ""),
            data.get(f"{name}-instead", ""),
            f"{name}-drop" in data,
            f"{name}-replace" in data,
        )

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in files and f"{name}-instead" not in data

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        hidden, boxes = [("instead", self.current if self.asked_of is None else self.asked_of)], []
        said = SafeString("")
        if self.attached:
            hidden.append(("attached", self.attached.signed()))
            given = {"name": self.attached.name, "file": self.attached.stored}
            said = format_html("<p>{}</p>", gettext("Attached, not saved yet: %(name)s (%(file)s)") % given)
            boxes.append(("drop", gettext("Do not attach it")))
        elif self.current:
            boxes.append(("drop", gettext("Remove the capture")))
        if self.asked_of is not None:
            boxes.append(("replace", gettext("Put mine in its place")))
        return format_html(
            '<div class="desk-capture">{}{}{}{}</div>',
            said,
            super().render(name, None, attrs, renderer),
            format_html_join("", '<input type="hidden" name="{}-{}" value="{}">', ((name, *one) for one in hidden)),
            format_html_join(
                "", '<label><input type="checkbox" name="{}-{}"> {}</label>', ((name, *one) for one in boxes)
            ),
        )


class CaptureField(forms.Field):
    """Stores a file at once. Cleans to what is stored, to None if nothing changes, to False if the capture goes."""

    widget = CaptureInput
    only = ""  # the SHA-256 of the one file that is taken

    def __init__(self) -> None:
        super().__init__(
            label=_("Attach a file"),
            required=False,
            help_text=format_lazy(_("{allowed}. Readers never get it."), allowed=capfirst(ALLOWED)),
        )
        self.widget.attrs["accept"] = ",".join(f".{kind.extension.rpartition('.')[2]}" for kind in KINDS)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data.upload or data.reference or data.drop)

    def clean(self, value: Sent) -> captures.Stored | bool | None:
        widget: CaptureInput = self.widget  # type: ignore[assignment]
        widget.attached = Attached.of(value.reference) if value.reference and not value.drop else None
        if value.upload:
            widget.attached = self._stored(value.upload)
        stored = widget.attached.stored if widget.attached else None
        drop = value.drop and not value.reference and not stored
        if self.only and stored and stored.sha256 != self.only:
            problem = gettext("This is another file: only the one with the SHA-256 %(sha256)s puts it right.")
            raise ValidationError(problem % {"sha256": self.only})
        if (drop or stored) and widget.current not in ("", value.instead_of, stored and stored.sha256):
            widget.asked_of = value.instead_of
            if not value.replace:
                raise ValidationError(gettext("Somebody else attached another file meanwhile. Is yours to replace it?"))
        return False if drop else stored

    def _stored(self, upload: UploadedFile) -> Attached:
        try:
            return Attached(captures.store(upload), (upload.name or "")[:200])
        except OSError as error:
            problem = gettext("The file could not be stored: %(why)s.") % {"why": error.strerror}
            raise ValidationError(problem) from None


class EvidenceForm(RecordForm):
    file = CaptureField()
    tool = forms.CharField(
        label=_("Made with"),
        required=False,
        max_length=200,
        validators=[validate_text, validate_line],
        help_text=format_lazy(_("The tool or service that made the file. Left empty: “{tool}”."), tool=UPLOADED),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    actor: ClassVar[User]  # set for one request by who makes the form

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "file" in self.fields:
            widget: Any = self.fields["file"].widget
            widget.current = self.instance.capture_sha256

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("tool") and not cleaned.get("file") and "file" not in self.errors:
            self.add_error("tool", gettext("Attach the file that was made with it."))
        return cleaned

    def save(self, commit: bool = True) -> Any:
        stored, one = self.cleaned_data.get("file"), self.instance
        if stored is False:
            one.capture, one.capture_sha256, one.capture_tool = "", "", ""
            one.captured_at = one.captured_by = None
        elif stored and stored.sha256 != one.capture_sha256:
            one.capture, one.capture_sha256 = captures.name_of(stored.sha256), stored.sha256
            one.captured_at, one.captured_by = timezone.now(), self.actor
            tool = self.cleaned_data.get("tool") or ""
            one.capture_tool = UPLOADED if is_blank(tool) else tool
        return super().save(commit)
