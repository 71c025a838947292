import socket

import pytest

from config.port import problem


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def test_a_port_in_use_is_named_with_another_to_try(listener):
    port = listener.getsockname()[1]

    assert problem("127.0.0.1", str(port)).startswith(f"127.0.0.1:{port} cannot be used (Address already in use)")
    assert "make demo PORT=" in problem("127.0.0.1", str(port))


def test_a_port_that_nobody_uses_is_no_problem(listener):
    port = listener.getsockname()[1]
    listener.close()

    assert problem("127.0.0.1", str(port)) == ""


@pytest.mark.parametrize("port", ["", "0", "65536", "http", "-1", "٨٠٠٠"])
def test_what_is_not_a_port_is_refused(port):
    assert "is not a port" in problem("127.0.0.1", port)
