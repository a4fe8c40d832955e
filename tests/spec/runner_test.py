"""The runner of scripts is honest: on the scripts in must_fail/ exactly the commands marked "fails:" fail, the list of
expected failures is held to both ways, and a script that dies or hangs is a failure and harms no other.

usage: runner_test.py -- WEIR...
"""

import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TOTAL = re.compile(r"^(\d+) passed, (\d+) failed$", re.MULTILINE)
ENDLESS = '(module (func (export "f") (loop (br 0))))\n\n(invoke "f")\n'
GOOD = '(module (func (export "f")))\n(assert_return (invoke "f"))\n'
BAD = '(module (func (export "f")))\n(assert_return (invoke "f") (i32.const 1))\n(assert_trap (invoke "f") "x")\n'


class Checks:
    def __init__(self, command):
        self.command = command
        self.passed = 0
        self.failed = 0

    def check(self, good, what, detail=""):
        self.passed += bool(good)
        self.failed += not good
        if not good:
            print(f"failed: {what}\n{detail}")

    def weir(self, *arguments):
        return subprocess.run([*self.command, "wast", *arguments], capture_output=True, text=True, check=False)


def marked_lines(text):
    """Lines on which the marked commands begin: a mark stands behind a command, which may begin on an earlier line."""
    lines = text.splitlines()
    marked = set()
    for number, line in enumerate(lines, 1):
        if "fails:" in line:
            while lines[number - 1][:1] != "(":
                number -= 1
            marked.add(number)
    return marked


def check_must_fail(checks):
    for path in sorted((HERE / "must_fail").glob("*.wast")):
        marked = marked_lines(path.read_text())
        for mode in (["--backend", "loop"], ["--compilation", "eager"]):
            result = checks.weir("--show-failures", "1000", *mode, path)
            reported = [int(number) for number in re.findall(rf"^{re.escape(str(path))}:(\d+): ", result.stderr, re.M)]
            total = TOTAL.findall(result.stdout)
            name = f"{path.name} {mode[1]}"
            checks.check(set(reported) == marked, f"{name}: exactly the marked commands fail",
                         f"not noticed: {sorted(marked - set(reported))}; failed without a mark: "
                         f"{sorted(set(reported) - marked)}\n{result.stderr}")
            checks.check(len(reported) == len(marked) and total and int(total[-1][1]) == len(marked),
                         f"{name}: {len(marked)} failures are counted", f"{total}\n{result.stderr}")
            checks.check(result.returncode == 1, f"{name}: exit code 1", f"it is {result.returncode}")


def check_expected_failures(checks, directory):
    (directory / "good.wast").write_text(GOOD)
    (directory / "bad.wast").write_text(BAD)
    listing = directory / "expected.tsv"
    # (the list, exit code, words of the error stream)
    runs = [
        ("bad.wast\t2\n", 0, ""),
        ("# a comment\n\nbad.wast\t2\n", 0, ""),
        ("", 1, "bad.wast"),
        ("bad.wast\t1\n", 1, "2 failed, where 1 may"),
        ("bad.wast\t3\n", 1, "lower the count"),
        ("bad.wast\t2\ngood.wast\t1\n", 1, "lower the count"),
        ("bad.wast\t2\ngone.wast\t1\n", 1, "no such file was run"),
        ("bad.wast 2\n", 2, "a tab"),
        ("bad.wast\t2x\n", 2, "a tab"),
        ("bad.wast\t0\n", 2, "a count above zero"),
        ("bad.wast\t2\nbad.wast\t2\n", 2, "listed twice"),
    ]
    for text, code, words in runs:
        listing.write_text(text)
        result = checks.weir("--backend", "both", "--expected-failures", listing, directory)
        checks.check(result.returncode == code and words in result.stderr, f"the list {text!r} gives exit {code}",
                     f"exit {result.returncode}\n{result.stdout}{result.stderr}")
    result = checks.weir("--write-expected", listing, directory)
    checks.check("bad.wast\t2\n" in listing.read_text() and "good" not in listing.read_text(),
                 "--write-expected lists what failed", listing.read_text())
    result = checks.weir(directory / "gone.wast")
    checks.check(result.returncode == 1 and "gone.wast" in result.stderr, "a script that does not exist fails",
                 result.stdout + result.stderr)


def children(process):
    path = pathlib.Path(f"/proc/{process}/task/{process}/children")
    return [int(word) for word in path.read_text().split()] if path.exists() else []


def check_hang_and_crash(checks, directory):
    (directory / "endless.wast").write_text(ENDLESS)
    (directory / "good.wast").write_text(GOOD)
    result = checks.weir("--timeout", "1s", directory)
    checks.check("not finished after 1 s, at the command of line 3" in result.stderr and "3 passed" not in result.stdout
                 and result.returncode == 1, "a script that hangs is a failure", result.stdout + result.stderr)
    checks.check("good.wast: 2 passed, 0 failed" in result.stdout, "others run beside one that hangs", result.stdout)

    with subprocess.Popen([*checks.command, "wast", "-j", "1", directory], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while not (workers := children(process.pid)) and time.monotonic() < deadline:
            time.sleep(0.05)
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        output, errors = process.communicate()
    checks.check("endless.wast: the process died of signal 9" in errors and process.returncode == 1,
                 "a script whose process dies is a failure", output + errors)
    checks.check("good.wast: 2 passed, 0 failed" in output, "others run after one that died", output)


def main():
    checks = Checks(sys.argv[sys.argv.index("--") + 1:])
    check_must_fail(checks)
    for part in (check_expected_failures, check_hang_and_crash):
        with tempfile.TemporaryDirectory() as directory:
            part(checks, pathlib.Path(directory))
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed or not checks.passed else 0


sys.exit(main())
