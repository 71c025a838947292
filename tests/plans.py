"""What an engine means to do for a query."""

from django.db import connection


def plan_of(sql: str) -> str:
    """With few rows PostgreSQL would read and sort a whole table: here it does what it can do without that."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        else:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
            cursor.execute(f"EXPLAIN {sql}")
        return "\n".join(str(row) for row in cursor.fetchall())
