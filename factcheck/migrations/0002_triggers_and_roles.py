from django.db import migrations

from factcheck import roles, triggers


def drop_roles(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=roles.ROLES).delete()


class Migration(migrations.Migration):
    dependencies = [("factcheck", "0001_initial"), ("contenttypes", "0002_remove_content_type_name")]

    operations = [
        triggers.back(),
        migrations.RunPython(roles.make_roles, drop_roles),
    ]
