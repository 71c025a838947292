"""The desk: Django's admin over our records. Every save goes through `factcheck.history.change`."""

from django.contrib import admin
from django.contrib.auth.models import Group
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from factcheck.admin import appearances, claims, evidence, history, pages, reviews, sources, users
from factcheck.admin.requests import Completion

__all__ = ["appearances", "claims", "evidence", "history", "pages", "reviews", "sources", "users"]

admin.site.autocomplete_view = Completion.as_view(admin_site=admin.site)  # type: ignore[assignment,method-assign]
admin.site.unregister(Group)  # the roles come from a migration (factcheck.roles)
admin.site.unregister([StaticDevice, TOTPDevice])  # their pages show secrets; an account's page resets them
