"""The server, as gunicorn reads it: `gunicorn config.wsgi --config python:config.server`."""

from gunicorn.http import message

# Bytes of a request's first line: 5,000 characters of any script, as an address spells them, for `similar?text=`.
# gunicorn takes no more than its own constant, or no limit at all.
limit_request_line = message.MAX_REQUEST_LINE = 65_536

worker_class = "gthread"
control_socket_disable = True
