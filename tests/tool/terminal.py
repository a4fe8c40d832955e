"""Runs commands on a terminal of their own."""

import os
import pty
import subprocess


def on_terminal(command, environment):
    """All that comes to the terminal's screen, and the exit code."""
    leader, follower = pty.openpty()
    with subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower, env=environment) as process:
        os.close(follower)
        screen = b""
        while True:
            try:
                part = os.read(leader, 65536)
            except OSError:  # the other side is closed
                part = b""
            if not part:
                break
            screen += part
        os.close(leader)
    return screen.decode().replace("\r\n", "\n"), process.returncode


def terminal_environment():
    """The environment of a terminal that shows colours."""
    plain = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    return plain | {"TERM": "xterm"}
