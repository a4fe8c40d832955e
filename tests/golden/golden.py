"""Runs commands of a golden file and compares what they print.

usage: golden.py [--update] FILE.golden... -- WEIR...

A golden file is text in blocks, each begun by a line with three dashes:

    --- file NAME          what follows is written to NAME, in a folder made for this golden file
    --- hex NAME           the same, for bytes in hexadecimal; ";" begins a comment
    --- dir NAME           an empty folder
    --- command            a shell script (sh); `weir` is the tool under test
    --- stdout             what the command before must print
    --- stderr             the same for the error stream
    --- exit N             its exit code

Blocks that are left out after a command mean: nothing printed, exit code 0. Text before the first block is commentary.
In expected output, `[...]` stands for any text within a line, and a line `[...]` for any number of lines. --update
writes what was printed into the file, and leaves blocks that match as they are.
"""

import os
import pathlib
import re
import stat
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^--- (file|hex|dir|command|stdout|stderr|exit)(?: (\S.*))?$")
WILDCARD = "[...]"


def read_blocks(text):
    """[kind, argument, lines], the commentary first as kind None."""
    blocks = [[None, None, []]]
    for line in text.splitlines():
        if match := BLOCK.match(line):
            blocks.append([match.group(1), match.group(2), []])
        elif line.startswith("--- "):
            raise ValueError(f"unknown block: {line}")
        else:
            blocks[-1][2].append(line)
    return blocks


def pattern_of(lines):
    """A regular expression for expected lines."""
    parts = []
    for line in lines:
        if line == WILDCARD:
            parts.append(r"(?:[^\n]*\n)*")
        else:
            parts.append(r"[^\n]*".join(re.escape(part) for part in line.split(WILDCARD)) + r"\n")
    return re.compile("".join(parts))


class Case:
    """A command and what is expected of it; the lists are the blocks' own, so that --update can write them."""

    def __init__(self, script):
        self.script = script
        self.expected = {"stdout": [], "stderr": []}
        self.exit = 0

    def run(self, directory, environment):
        result = subprocess.run(["sh", "-c", self.script], cwd=directory, env=environment, check=False,
                                stdin=subprocess.DEVNULL, capture_output=True, timeout=300)
        return {
            "stdout": result.stdout.decode("utf-8", "backslashreplace"),
            "stderr": result.stderr.decode("utf-8", "backslashreplace"),
        }, result.returncode

    def differences(self, printed, code):
        found = []
        for stream, lines in self.expected.items():
            if not pattern_of(lines).fullmatch(printed[stream]):
                found.append(f"{stream} is\n{printed[stream]}  expected\n" + "".join(f"{line}\n" for line in lines))
        if code != self.exit:
            found.append(f"exit code is {code}, expected {self.exit}\n{printed['stderr']}")
        return found


def write_tool(directory, command):
    """A script `weir` that runs the tool under test, to stand first in PATH."""
    words = " ".join("'" + word.replace("'", "'\\''") + "'" for word in command)
    tool = pathlib.Path(directory, "weir")
    tool.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)


def prepare(block, directory):
    kind, argument, lines = block
    path = directory / argument
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "dir":
        path.mkdir()
    elif kind == "hex":
        path.write_bytes(bytes.fromhex(" ".join(line.split(";")[0] for line in lines)))
    else:
        path.write_text("".join(f"{line}\n" for line in lines))


def updated(blocks):
    """The file's text with the blocks as they now are."""
    text = []
    for kind, argument, lines in blocks:
        if kind is not None:
            text.append(f"--- {kind}" + (f" {argument}" if argument else ""))
        text += lines
    return "".join(f"{line}\n" for line in text)


def group(blocks):
    """(preparing blocks and cases in order, with the blocks that each case came from)"""
    steps = []
    for block in blocks[1:]:
        kind, argument, lines = block
        if kind == "command":
            steps.append((Case("\n".join(lines)), [block]))
        elif kind in ("stdout", "stderr", "exit"):
            if not steps or not isinstance(steps[-1][0], Case):
                raise ValueError(f"--- {kind} without a command before it")
            case, owned = steps[-1]
            owned.append(block)
            if kind == "exit":
                case.exit = int(argument)
            else:
                case.expected[kind] = lines
        else:
            steps.append((None, [block]))
    return steps


def replacement(case, owned, printed, code):
    """The blocks of a case with what was really printed; matching ones stay."""
    command = [block for block in owned if block[0] == "command"]
    for stream, lines in case.expected.items():
        if not pattern_of(lines).fullmatch(printed[stream]):
            lines = printed[stream].splitlines()
        if lines:
            command.append([stream, None, lines])
    if code:
        command.append(["exit", str(code), []])
    return command


def run_file(path, command, update):
    blocks = read_blocks(path.read_text())
    rewritten = [blocks[0]]
    passed = failed = 0
    with tempfile.TemporaryDirectory() as tool, tempfile.TemporaryDirectory() as work:
        write_tool(tool, command)
        environment = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "TERM")}
        environment["PATH"] = tool + os.pathsep + environment["PATH"]
        for case, owned in group(blocks):
            if case is None:
                prepare(owned[0], pathlib.Path(work))
                rewritten += owned
                continue
            printed, code = case.run(work, environment)
            differences = case.differences(printed, code)
            passed, failed = passed + (not differences), failed + bool(differences)
            for difference in [] if update else differences:
                print(f"{path.name}: {case.script}\n  {difference}")
            rewritten += replacement(case, owned, printed, code)
    if update:
        path.write_text(updated(rewritten))
    return passed, failed


def main():
    arguments = sys.argv[1:]
    update = "--update" in arguments[: arguments.index("--")]
    files = [pathlib.Path(word) for word in arguments[: arguments.index("--")] if word != "--update"]
    command = arguments[arguments.index("--") + 1:]
    passed = failed = 0
    for path in files:
        more_passed, more_failed = run_file(path, command, update)
        passed, failed = passed + more_passed, failed + more_failed
    print(f"{passed} passed, {failed} failed")
    return 1 if failed and not update or not passed and not failed else 0


if __name__ == "__main__":
    sys.exit(main())
