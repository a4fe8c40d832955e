#!/usr/bin/env python3
"""On a terminal, a line tells of a long compilation and goes away; elsewhere there is none. Colours likewise.

usage: progress_test.py WEIR
"""

import os
import subprocess
import sys
import tempfile

from terminal import on_terminal, terminal_environment

WEIR = sys.argv[1]


def leb(number):
    out = bytearray()
    while True:
        out.append(number & 0x7F | (0x80 if number > 0x7F else 0))
        number >>= 7
        if number == 0:
            return bytes(out)


def section(number, content):
    return bytes([number]) + leb(len(content)) + content


def large_module(functions):
    """Functions of 60,000 bytes each: (local.set 0 (i32.add (local.get 0) (i32.const 1))) and so on."""
    body = b"\x00" + b"\x20\x00\x41\x01\x6a\x21\x00" * 8500 + b"\x0b"
    body = leb(len(body)) + body
    return (b"\0asm\1\0\0\0" + section(1, b"\x01\x60\x01\x7f\x00") + section(3, leb(functions) + b"\x00" * functions)
            + section(10, leb(functions) + body * functions))


def main():
    problems = []
    plain = terminal_environment()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "large.wasm")
        functions = 4  # few enough for a slow build, too
        while True:
            with open(path, "wb") as file:
                file.write(large_module(functions))
            command = [WEIR, "run", "--compilation", "eager", "--invoke", "f", path]
            screen, code = on_terminal(command, plain)
            if "loading" in screen or functions >= 4000:
                break
            functions *= 2  # that went too fast
        print(f"{functions} functions: {screen!r}")
        lines = screen.split("\r\x1b[K")
        if not any(line.startswith(f"loading {path} (") and line.endswith(" s") for line in lines):
            problems.append("no line of progress on a terminal")
        if lines[-1].startswith("loading"):
            problems.append("the line stays")
        if "\x1b[1;31merror:" not in screen or code != 2:
            problems.append("no error in colour on a terminal")
        for name, value in (("TERM", "dumb"), ("NO_COLOR", "1")):
            screen, _ = on_terminal([WEIR, "run", "nowhere.wasm"], {**plain, name: value})
            if "\x1b" in screen:
                problems.append(f"colours in spite of {name}={value}")
        piped = subprocess.run(command, capture_output=True, text=True, env=plain, check=False)
        if "\x1b" in piped.stderr or "loading" in piped.stderr:
            problems.append(f"a pipe gets {piped.stderr!r}")
    print(*problems, sep="\n")
    return 1 if problems else 0


sys.exit(main())
