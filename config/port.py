"""`python -m config.port HOST PORT`: says in one line why a server could not listen there."""

import socket
import sys


def problem(host: str, port: str) -> str:
    """Why nothing can listen there; empty if something can."""
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        return f"PORT={port} is not a port: give a number from 1 to 65535."
    with socket.socket() as listener:
        # as gunicorn does: the port of a server that has just stopped is free
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, int(port)))
        except OSError as error:
            another = int(port) % 65535 + 1
            return f"{host}:{port} cannot be used ({error.strerror}). Try another: make demo PORT={another}"
    return ""


if __name__ == "__main__":
    sys.exit(problem(*sys.argv[1:]) or 0)
