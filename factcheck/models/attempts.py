"""What the desk remembers of attempts to sign in that failed."""

from django.db import models
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _


class FailedAttempts(models.Model):
    """How often it failed of late, for one account or from one address. Neither can be read from the key."""

    key = models.CharField(_("key"), max_length=64, primary_key=True)
    number = models.PositiveIntegerField(pgettext_lazy("how many", "number"), default=0)
    last_at = models.DateTimeField(_("last at"), db_index=True)

    class Meta:
        verbose_name = _("failed attempts")
        default_permissions = ()
        verbose_name_plural = _("failed attempts")

    def __str__(self) -> str:
        when = f"{self.last_at:%Y-%m-%d %H:%M}"
        return gettext("%(number)d failed, the last on %(when)s UTC") % {"number": self.number, "when": when}
