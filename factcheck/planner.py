"""What the database knows of our tables when it plans a query."""

from django.apps import apps
from django.db import connection


def count_tables() -> None:
    """Lets it count rows and values anew (ANALYZE). Until it does, it plans as for the tables of before a load.

    Raises what the database raises; nothing but plans is lost then.
    """
    quoted = connection.ops.quote_name
    tables = [quoted(model._meta.db_table) for model in apps.get_app_config("factcheck").get_models()]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"ANALYZE {', '.join(tables)}")
            return
        for table in tables:
            cursor.execute(f"ANALYZE {table}")
