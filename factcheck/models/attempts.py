"""What the desk remembers of attempts to sign in that failed."""

from django.db import models


class FailedAttempts(models.Model):
    """How often it failed of late, for one account or from one address. Neither can be read from the key."""

    key = models.CharField(max_length=64, primary_key=True)
    number = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()
        verbose_name_plural = "failed attempts"

    def __str__(self) -> str:
        return f"{self.number} failed, the last on {self.last_at:%Y-%m-%d at %H:%M} UTC"
