"""The golden driver notices every kind of difference, and its wildcards match no more than they should."""

import pathlib
import subprocess
import sys
import tempfile

DRIVER = pathlib.Path(__file__).with_name("golden.py")

# (name, the golden file's end, exit code of the driver); the tool under test is `echo`.
RUNS = [
    ("same output", "--- command\nweir a b\n--- stdout\na b\n", 0),
    ("other output", "--- command\nweir a b\n--- stdout\na c\n", 1),
    ("more output", "--- command\nweir a; weir b\n--- stdout\na\n", 1),
    ("less output", "--- command\nweir a\n--- stdout\na\nb\n", 1),
    ("unexpected output", "--- command\nweir a\n", 1),
    ("unexpected error output", "--- command\nweir a >&2\n", 1),
    ("expected error output", "--- command\nweir a >&2\n--- stderr\na\n", 0),
    ("other exit code", "--- command\nexit 3\n", 1),
    ("expected exit code", "--- command\nexit 3\n--- exit 3\n", 0),
    ("expected failure that is none", "--- command\ntrue\n--- exit 3\n", 1),
    ("wildcard in a line", "--- command\nweir a b c\n--- stdout\na [...] c\n", 0),
    ("wildcard does not cross lines", "--- command\nweir a; weir c\n--- stdout\na[...]c\n", 1),
    ("wildcard for lines", "--- command\nweir a; weir b; weir c\n--- stdout\na\n[...]\nc\n", 0),
    ("a file", "--- file x\nhello\n--- command\ncat x\n--- stdout\nhello\n", 0),
    ("bytes", "--- hex x\n68 69 ; hi\n0a\n--- command\ncat x\n--- stdout\nhi\n", 0),
    ("no command", "", 1),
]


def main():
    failures = 0
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory, "case.golden")
        for name, text, expected in RUNS:
            path.write_text("A test of the driver.\n" + text)
            result = subprocess.run([sys.executable, DRIVER, path, "--", "echo"], capture_output=True, text=True,
                                    check=False)
            if result.returncode != expected:
                failures += 1
                print(f"{name}: expected exit {expected}, got {result.returncode}\n{result.stdout}{result.stderr}")
        path.write_text("Text.\n--- command\nweir a\nexit 2\n--- stdout\nold\n")
        subprocess.run([sys.executable, DRIVER, "--update", path, "--", "echo"], capture_output=True, check=False)
        if path.read_text() != "Text.\n--- command\nweir a\nexit 2\n--- stdout\na\n--- exit 2\n":
            failures += 1
            print(f"--update wrote\n{path.read_text()}")
    print(f"{len(RUNS) + 1 - failures} passed, {failures} failed")
    return 1 if failures else 0


sys.exit(main())
