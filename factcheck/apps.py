from django.apps import AppConfig
from django.core import checks


class FactcheckConfig(AppConfig):
    name = "factcheck"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Fact checks"

    def ready(self) -> None:
        from factcheck.checks import foreign_keys_keep_history, triggers_present

        checks.register(foreign_keys_keep_history, checks.Tags.models)
        checks.register(triggers_present, checks.Tags.database)
