"""The orders of lists of records that have a name."""

from django.utils.translation import gettext_lazy as _

from factcheck.views.narrowing import Orders
from factcheck.views.paging import Keyset

BY_NAME: Orders = {
    "name": (_("By name"), Keyset(("name", "id"))),
    "newest": (_("Latest recorded first"), Keyset(("id",), descending=True)),
}
