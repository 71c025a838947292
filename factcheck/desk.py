"""The admin site that is the desk."""

from django.contrib import admin


class Desk(admin.AdminSite):
    site_header = "factcheck desk"
    site_title = "factcheck desk"
    index_title = "Records"
    index_template = "admin/factcheck/desk_index.html"
