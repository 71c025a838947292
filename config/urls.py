from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

handler400 = "factcheck.views.errors.bad_request"
handler404 = "factcheck.views.errors.not_found"
handler500 = "factcheck.views.errors.server_error"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("factcheck.machine_urls")),
    *i18n_patterns(path("", include("factcheck.urls")), prefix_default_language=False),
]
