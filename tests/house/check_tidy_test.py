"""scripts/check_tidy looks at a file again when anything has changed that clang-tidy sees, and else does not.

usage: check_tidy_test.py COMPILER
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

CHECK = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "check_tidy"
COMPILER = sys.argv[1]

# Writes down what it is asked to look at, and has something to say of a file with a mark.
FAKE_TIDY = """#!/bin/sh
if [ "$1" = --version ]; then cat "$(dirname "$0")/version"; exit; fi
for file; do :; done
echo "$file" >>"$(dirname "$0")/seen"
echo "12 warnings generated." >&2
if grep -q UNTIDY "$file"; then echo "$file:1: a message"; exit 1; fi
"""


class House:
    def __init__(self, folder, tools, cache):
        self.root, self.tools, self.cache = folder, tools, cache
        (folder / "scripts").mkdir(parents=True)
        shutil.copy(CHECK, folder / "scripts" / "check_tidy")
        self.write(".clang-tidy", "Checks: a\n")
        self.write("src/a.hpp", "#define A 1\n")
        self.write("src/a.cpp", '#include "a.hpp"\nint a = A;\n')
        self.write("src/b.cpp", "int b = 2;\n")
        self.write("src/execute/c.cpp", "int c = 3;\n")
        self.flags("")
        subprocess.run(["git", "init", "-q"], cwd=folder, check=True)

    def write(self, name, text):
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text)

    def flags(self, flags):
        (self.root / "build/release").mkdir(parents=True, exist_ok=True)
        self.write("build/release/compile_commands.json", json.dumps([
            {"directory": str(self.root / "build/release"), "file": str(self.root / file),
             "command": f"{COMPILER} -I{self.root}/src {flags} -o x.o -c {self.root}/{file}"}
            for file in ("src/a.cpp", "src/b.cpp", "src/execute/c.cpp")]))

    def check(self, *arguments):
        """The files that clang-tidy was asked to look at, and the finished run."""
        seen = self.tools / "seen"
        seen.unlink(missing_ok=True)
        environment = {**os.environ, "PATH": f"{self.tools}:{os.environ['PATH']}", "XDG_CACHE_HOME": str(self.cache)}
        run = subprocess.run([self.root / "scripts/check_tidy", *arguments], env=environment, capture_output=True, text=True)
        return sorted(seen.read_text().split()) if seen.exists() else [], run


def main():
    failures = []

    def expect(what, condition):
        if not condition:
            failures.append(what)

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        tools = folder / "tools"
        tools.mkdir()
        (tools / "clang-tidy-19").write_text(FAKE_TIDY)
        (tools / "clang-tidy-19").chmod(0o755)
        (tools / "version").write_text("1\n")
        house = House(folder / "one", tools, folder / "cache")
        both = ["src/a.cpp", "src/b.cpp"]

        seen, run = house.check()
        expect("looks at all files but those of src/execute", seen == both and run.returncode == 0)
        expect("says how many", run.stdout == "2 files are tidy (0 were known to be)\n")
        seen, run = house.check()
        expect("remembers what was tidy", seen == [] and run.stdout == "2 files are tidy (2 were known to be)\n")
        expect("--again looks again", house.check("--again")[0] == both)
        seen, run = House(folder / "two", tools, folder / "cache").check()
        expect("another clone knows it too", seen == [] and run.returncode == 0)

        house.write("src/a.hpp", "#define A 3\n")
        expect("a header's change", house.check()[0] == ["src/a.cpp"])
        house.write("src/b.cpp", "int b = 2; // NOLINT\n")
        expect("a comment's change", house.check()[0] == ["src/b.cpp"])
        house.write(".clang-tidy", "Checks: b\n")
        expect("other checks", house.check()[0] == both)
        house.flags("-DX")
        expect("other flags", house.check()[0] == both)
        (tools / "version").write_text("2\n")
        expect("another clang-tidy", house.check()[0] == both)

        subprocess.run(["git", "add", "."], cwd=house.root, check=True)
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "a"], cwd=house.root,
                       check=True)
        expect("--changed with no change", house.check("--again", "--changed")[1].stdout == "no files to check\n")
        house.write("src/b.cpp", "int b = 4;\n")
        expect("--changed looks at these only", house.check("--again", "--changed")[0] == ["src/b.cpp"])

        house.write("src/b.cpp", "int b = 2; // UNTIDY\n")
        for _ in range(2):  # what is not tidy is not remembered
            seen, run = house.check()
            expect("looks at what is not tidy", seen == ["src/b.cpp"])
            expect("fails", run.returncode == 1)
            expect("passes messages on, and only these",
                   run.stdout == "src/b.cpp:1: a message\nnot tidy: src/b.cpp\n" and run.stderr == "")
        house.write("src/a.cpp", "#error\n")
        expect("looks at what can't be preprocessed", "src/a.cpp" in house.check()[0])

        house.write("src/a.cpp", "int a = 1;\n")
        house.write("src/b.cpp", "int b = 2;\n")
        expect("is tidy again", house.check()[1].returncode == 0)
        states = folder / "cache/weir/tidy"
        old = time.time() - 61 * 24 * 3600
        for state in states.iterdir():
            os.utime(state, (old, old))
        house.check()
        expect("forgets what was of no use for long", len(list(states.iterdir())) == 2)

        house.cache = folder / "tools" / "version"  # a file: no folder can be made there
        expect("works without a cache", house.check()[0] == both and house.check()[1].returncode == 0)

    for failure in failures:
        print(f"failed: {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
