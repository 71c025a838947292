from django.contrib.auth.management import create_permissions
from django.db import migrations

from factcheck import roles, triggers


def install(apps, schema_editor):
    triggers.install(schema_editor)


def remove(apps, schema_editor):
    triggers.remove(schema_editor)


def make_roles(apps, schema_editor):
    """Django makes permissions after all migrations; the roles need them now."""
    for name in ("factcheck", "auth"):
        config = apps.get_app_config(name)
        config.models_module = True
        create_permissions(config, apps=apps, verbosity=0, using=schema_editor.connection.alias)
        config.models_module = None
    roles.give_permissions(apps)


def drop_roles(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=roles.ROLES).delete()


class Migration(migrations.Migration):
    dependencies = [("factcheck", "0001_initial"), ("contenttypes", "0002_remove_content_type_name")]

    operations = [
        migrations.RunPython(install, remove),
        migrations.RunPython(make_roles, drop_roles),
    ]
