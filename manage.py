#!/usr/bin/env python
import logging
import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import Error

from factcheck.management.base import reason

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # its warnings say each second what is said at the end
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"Settings: {error}")
    except Error as error:
        if "--traceback" in sys.argv:
            raise
        sys.exit(f"Database: {reason(error)}")
