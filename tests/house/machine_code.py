"""The machine code of object files, for tests of what the compiler makes of handlers."""

import re
import subprocess
import sys

SYMBOL = re.compile(r"^[0-9a-f]+ <(\S+)>:$")


def functions(objects):
    """Yields (symbol, lines of its disassembly)."""
    for path in objects:
        listing = subprocess.run(["objdump", "-d", "--no-show-raw-insn", path], check=True, capture_output=True, text=True)
        symbol, lines = None, []
        for line in listing.stdout.splitlines():
            if match := SYMBOL.match(line):
                if symbol:
                    yield symbol, lines
                symbol, lines = match[1], []
            elif symbol:
                lines.append(line.partition("#")[0].partition("<")[0])
        if symbol:
            yield symbol, lines


def report(test, problems):
    """Prints what is wrong; returns the test's exit code."""
    for problem in problems:
        print(f"{test}: {problem}", file=sys.stderr)
    return 1 if problems else 0
