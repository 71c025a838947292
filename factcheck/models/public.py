"""What the public site remembers of itself: its edition, and the addresses that it has given out."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Edition(models.Model):
    """One row with one number, which rises with every change that a reader could see."""

    number = models.PositiveBigIntegerField(pgettext_lazy("of an edition", "number"), default=1)
    is_demo = models.BooleanField(
        _("is demo"), default=False, help_text=_("What this database holds is invented, and says so.")
    )

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        constraints = [
            models.CheckConstraint(
                name="edition_one_row",
                condition=Q(id=1),
                violation_error_message=_("There is one edition."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)


class PublicAddress(models.Model):
    """A slug under which a record has been public. It stays that record's for ever (triggers `…_slug_fixed`)."""

    record_type = models.CharField(_("record type"), max_length=40)
    slug = models.CharField(_("slug"), max_length=80)
    record_id = models.BigIntegerField(_("record id"))
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("public address")
        verbose_name_plural = _("public addresses")
        constraints = [
            models.UniqueConstraint(
                fields=["record_type", "slug"],
                name="publicaddress_unique",
                violation_error_message=_("Another record was public under this slug."),
            ),
            models.UniqueConstraint(
                fields=["record_type", "record_id"],
                name="publicaddress_one_each",
                violation_error_message=_("This record was public under another slug."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_type} {self.slug}"


class FormerReference(models.Model):
    """That a version of a claim which readers saw named a record that it names no longer.

    By this the page of an article or claimant finds, for a past day, what today's records do not tell.
    """

    claim = models.ForeignKey(
        "factcheck.Claim", on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("claim")
    )
    record_type = models.CharField(_("record type"), max_length=40)
    record_id = models.BigIntegerField(_("record id"))

    class Meta:
        verbose_name = _("former reference")
        verbose_name_plural = _("former references")
        constraints = [
            models.UniqueConstraint(
                fields=["record_type", "record_id", "claim"],
                name="formerreference_unique",
                violation_error_message=_("It is remembered already that this claim named this record."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_type} {self.record_id} in claim {self.claim_id}"
