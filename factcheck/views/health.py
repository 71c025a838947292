"""For those who run the site: does the process live, and is it ready for readers?"""

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from factcheck import triggers
from factcheck.models import Publisher, Rating


@csrf_exempt
@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    return _lines("ok")


@csrf_exempt
@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    if problems := readiness_problems():
        return _lines(*problems, status=503)
    return _lines("ok")


def readiness_problems() -> list[str]:
    """What keeps this process from serving readers, in words."""
    try:
        connection.ensure_connection()
        migrations = MigrationExecutor(connection)
        plan = migrations.migration_plan(migrations.loader.graph.leaf_nodes())
        if plan:
            names = ", ".join(str(migration) for migration, _ in plan)
            return [f"Migrations are not applied ({names}): run migrate."]
        problems = [f"Trigger {name} is missing: run installtriggers." for name in triggers.missing(connection)]
        if not Rating.objects.in_force().exists():
            problems.append("The rating scale is missing: run loadseeds.")
        if not Publisher.objects.filter(is_desk=True).exists():
            problems.append("The desk is missing among the publishers: run loadseeds.")
        return problems
    except Error:
        return ["The database does not answer."]


def _lines(*lines: str, status: int = 200) -> HttpResponse:
    return HttpResponse("".join(f"{line}\n" for line in lines), status=status, content_type="text/plain; charset=utf-8")
