#!/usr/bin/env python3
"""Runs a program natively and as a guest, in a folder of its own each, and compares all that comes of it.

usage: compare.py --native PROGRAM --guest PROGRAM.wasm [--folder NAME] -- WEIR...

The guest's name for its folder is "." unless given. Compared are exit code, both output streams, and the folders left
behind: names, kinds, contents. The guest runs on both dispatch backends that the tool has.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

INPUT = "The quick brown fox\njumps over the lazy dog\nthe end\n"
VALUE = "a value with = and spaces"
ARGUMENTS = ["7", "second argument", ""]


def tree(folder):
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = "-> " + os.readlink(path)
        elif path.is_dir():
            found[name] = "folder"
        else:
            found[name] = path.read_bytes()
    return found


def run(command, environment):
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run(command, cwd=scratch, input=INPUT.encode(), capture_output=True, timeout=300,
                              env=environment, check=False)
        return {"exit code": done.returncode, "stdout": done.stdout.decode(errors="replace"),
                "stderr": done.stderr.decode(errors="replace"), "folder": tree(pathlib.Path(scratch))}


def main():
    words = sys.argv[1:]
    native, guest = (pathlib.Path(words[words.index(name) + 1]).resolve() for name in ("--native", "--guest"))
    folder = words[words.index("--folder") + 1] if "--folder" in words else "."
    weir = words[words.index("--") + 1:]
    environment = dict(os.environ, WEIR_VALUE=VALUE)
    expected = run([str(native), *ARGUMENTS], environment)
    if expected["exit code"] != int(ARGUMENTS[0]):
        print(f"natively, the program itself failed: {expected}")
        return 1
    backends = ["loop"]
    if "tail-call" in subprocess.run([*weir, "--version"], capture_output=True, text=True, check=True).stdout:
        backends.append("tail-call")
    failures = 0
    for backend in backends:
        got = run([*weir, "run", "--backend", backend, "--dir", f".::{folder}", "--env", "WEIR_VALUE", str(guest),
                   *ARGUMENTS], environment)
        for what, value in expected.items():
            if got[what] != value:
                failures += 1
                print(f"{backend}: {what} differs\n--- natively\n{value}\n--- as a guest\n{got[what]}")
    print(f"{len(backends)} backends compared, {failures} differences")
    return 1 if failures else 0


sys.exit(main())
