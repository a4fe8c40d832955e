#!/usr/bin/env python3
"""On a terminal a trap's report has colours, unless NO_COLOR or TERM say otherwise; elsewhere it has none. As JSON it has
none anywhere, and parses. No name of a guest reaches the terminal as an escape sequence.

usage: report_test.py WEIR
"""

import json
import os
import re
import subprocess
import sys
import tempfile

from terminal import on_terminal, terminal_environment

WEIR = sys.argv[1]

GUEST = r"""(module (memory 1)
  (func (export "\1b[2Jred\e2\80\aetxt") (drop (memory.grow (i32.const 9))) unreachable)
  (func (export "f") (call 0)))"""


def main():
    problems = []

    def check(holds, what, text):
        if not holds:
            problems.append(f"{what}:\n{text!r}")

    plain = terminal_environment()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "guest.wat")
        with open(path, "w", encoding="utf-8") as file:
            file.write(GUEST)
        run = [WEIR, "run", "--max-memory", "64KiB", "--invoke", "f"]
        piped = subprocess.run(run + [path], capture_output=True, check=False).stderr.decode()
        check(piped.startswith("error: unreachable\n") and "\x1b" not in piped, "colours in a pipe", piped)
        coloured, _ = on_terminal(run + [path], plain)
        check(coloured.startswith("\x1b[1;31merror:\x1b[0m unreachable\n"), "no colours on a terminal", coloured)
        check("\x1b[1;33mthat is the likely cause:\x1b[0m" in coloured, "the cause has no colour", coloured)
        check(re.sub(r"\x1b\[[0-9;]*m", "", coloured) == piped, "colours change the report", coloured)
        check("\x1b[2J" not in coloured and "\u202e" not in coloured, "a name reached the terminal", coloured)
        for what in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            screen, _ = on_terminal(run + [path], plain | what)
            check(screen == piped, f"colours in spite of {what}", screen)
        screen, _ = on_terminal(run + ["--report", "json", path], plain)
        check("\x1b" not in screen and screen.count("\n") == 1, "the JSON is not plain", screen)
        report = json.loads(screen)
        check(report["reason"] == "unreachable" and report["is_growth_likely_cause"], "the JSON lies", screen)
        check(report["frames"][0]["name"] == "\x1b[2Jred\u202etxt", "the JSON changes a name", screen)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
