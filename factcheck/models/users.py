"""The desk's people."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, Group, Permission, UserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from factcheck import history
from factcheck.models.history import Part, TrackedQuerySet, Whole
from factcheck.models.text import LineField, text_rule


class UserQuerySet(TrackedQuerySet):
    def public(self) -> "UserQuerySet":
        """People whose public name stands on a public review, as its author or the one who checked it."""
        return self.filter(self.named_publicly("reviews_written") | self.named_publicly("reviews_approved"))


class AccountManager(UserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    use_in_migrations = False


class User(AbstractUser, Whole):
    """An account. It is deactivated, never deleted: its name stands in the history and under reviews."""

    unrecorded: ClassVar[frozenset[str]] = frozenset({"password", "last_login"})
    private: ClassVar[frozenset[str]] = frozenset(
        {
            "username", "first_name", "last_name", "email", "is_staff", "is_active", "is_superuser", "date_joined",
            "memberships", "direct_permissions", "second_factor_at",
        }
    )  # fmt: skip

    # Unique by the named constraint, whose message is for editors; Django's own would be refused first.
    username = models.CharField(
        _("user name"),
        max_length=150,
        help_text=_("Letters, digits and @ . + - _ only."),
        validators=[AbstractUser.username_validator],
    )
    public_name = LineField(
        _("public name"),
        max_length=150,
        blank=True,
        help_text=_("Shown to readers as author or checker of a review. The account name never is."),
    )
    second_factor_at = models.DateTimeField(
        _("second factor since"),
        null=True,
        editable=False,
        help_text=_("Since when signing in also asks for a code from the person's phone."),
    )
    groups = models.ManyToManyField(
        Group, through="Membership", related_name="user_set", blank=True, verbose_name=_("groups")
    )  # type: ignore[assignment]
    user_permissions = models.ManyToManyField(  # type: ignore[assignment]
        Permission, through="DirectPermission", related_name="user_set", blank=True, verbose_name=_("user permissions")
    )

    objects = AccountManager()  # type: ignore[misc]

    class Meta(AbstractUser.Meta):
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(
                fields=["username"],
                name="user_username_unique",
                violation_error_message=_("There is an account of this name already."),
            ),
            text_rule("user", "username", _("An account needs a name.")),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Django's own sign-in and account commands save users as well; what they change is recorded as theirs."""
        fields = kwargs.get("update_fields")
        if fields is not None and set(fields) <= self.unrecorded:
            models.QuerySet.update(
                type(self)._base_manager.filter(pk=self.pk), **{name: getattr(self, name) for name in fields}
            )
        elif history.is_open(self):
            super().save(*args, **kwargs)
        else:
            with history.change(self, actor=history.System("account command")):
                super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise ValidationError(_("An account is deactivated, never deleted."))

    @property
    def history_name(self) -> str:
        return self.username


class Membership(Part):
    """A role that a person has."""

    link = "user"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("user"))
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("role"))

    objects = TrackedQuerySet.as_manager()

    class Meta(Part.Meta):
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "group"],
                name="membership_unique",
                violation_error_message=_("This person has the role already."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.group) if self.group_id else ""


class DirectPermission(Part):
    """A single right given to a person beside their roles."""

    link = "user"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="direct_permissions", verbose_name=_("user"))
    permission = models.ForeignKey(Permission, on_delete=models.PROTECT, related_name="+", verbose_name=_("permission"))

    objects = TrackedQuerySet.as_manager()

    class Meta(Part.Meta):
        verbose_name = _("direct permission")
        verbose_name_plural = _("direct permissions")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "permission"],
                name="direct_permission_unique",
                violation_error_message=_("This person has the right already."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.permission)
