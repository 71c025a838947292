from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.core import checks
from django.utils.translation import gettext_lazy as _


class FactcheckConfig(AppConfig):
    name = "factcheck"
    default = True
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Fact checks")

    def ready(self) -> None:
        from factcheck.checks import (
            captures_are_not_served,
            foreign_keys_keep_history,
            similarity_backend_is_there,
            triggers_present,
        )

        checks.register(foreign_keys_keep_history, checks.Tags.models)
        checks.register(triggers_present, checks.Tags.database)
        for check in (captures_are_not_served, similarity_backend_is_there):
            checks.register(check, checks.Tags.staticfiles)  # which collectstatic asks, and so `make serve`


class DeskConfig(admin.AdminConfig):
    """Django's admin, with our site in place of its own."""

    default = False  # of this file: the settings name it in full
    default_site = "factcheck.desk.Desk"
