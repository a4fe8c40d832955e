#!/usr/bin/env python3
"""The shared library's C symbols are those of cmake/weir.symbols, and those that the headers declare.

With --update the file is written anew: that is a change of the ABI, which belongs in CHANGELOG.md."""

import pathlib
import re
import subprocess
import sys

import binding

LIST = pathlib.Path(__file__).resolve().parents[2] / "cmake" / "weir.symbols"


def main():
    update = "--update" in sys.argv
    if update:
        sys.argv.remove("--update")
    options = binding.arguments()
    output = subprocess.run(["nm", "-D", "--defined-only", options.library], capture_output=True, text=True,
                            check=True).stdout
    exported = {line.split()[-1] for line in output.splitlines() if re.match(r"^(wasm|weir)_", line.split()[-1])}
    declared = {function.name for function in binding.declarations(options)[0]}
    if update:
        LIST.write_text("".join(f"{name}\n" for name in sorted(exported)), encoding="utf-8")
    listed = set(LIST.read_text(encoding="utf-8").split())
    failed = False
    for text, names in (
            ("is listed and not exported: programs built against an earlier version break", listed - exported),
            ("is exported and not listed: add it to cmake/weir.symbols (this test's --update does)", exported - listed),
            ("is declared and not exported", declared - exported),
            ("is exported and no header declares it", exported - declared)):
        for name in sorted(names):
            print(f"{name} {text}")
            failed = True
    print(f"{len(exported)} symbols, {len(listed)} listed, {len(declared)} declared")
    return 1 if failed or len(declared) < 300 else 0


sys.exit(main())
