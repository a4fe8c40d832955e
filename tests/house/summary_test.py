"""scripts/summary counts every kind of outcome, and never reports a failing or an empty run as good."""

import pathlib
import subprocess
import sys
import tempfile

SUMMARY = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "summary"

CTEST = """<testsuite>
<testcase name="plain" status="run"><system-out>fine
summary: three programs ran
</system-out></testcase>
<testcase name="partly" status="run"><system-out>a
skipped: no such guest compiler
</system-out></testcase>
<testcase name="away" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/><system-out>skipped: no tool
</system-out></testcase>
<testcase name="unit.room" status="run"/>
%s
</testsuite>"""
CASES = """<testsuites><testsuite>
<testcase name="a" classname="S" status="run"/><testcase name="b" classname="S" status="run"/>
<testcase name="c" classname="S" status="run"><skipped message="file:1&#10;needs 8 GiB"/></testcase>
<testcase name="d" classname="S" status="notrun"/>
%s
</testsuite></testsuites>"""

FAILED_TEST = '<testcase name="bad" status="fail"><failure message="exit 3"/></testcase>'
LOST_TEST = '<testcase name="lost" status="notrun"><skipped message="Unable to find executable"/></testcase>'
DIED = '<testcase name="unit.died" status="fail"><failure message=""/></testcase>'
FAILED_CASE = '<testcase name="e" classname="S" status="run"><failure message="Expected equality"/></testcase>'

# (name, extra ctest entries, extra cases, extra lines of the run, exit code, words of the report)
RUNS = [
    ("a good run", "", "", "", 0, ["needs 8 GiB", "no tool", "no such guest compiler", "Noted:\n  release: three programs ran\n",
                               "4 passed, 0 failed, 4 skipped"]),
    ("a failed test", FAILED_TEST, "", "", 1, ["bad: exit 3", "4 passed, 1 failed, 4 skipped"]),
    ("a test without its program", LOST_TEST, "", "", 1, ["did not run: Unable", "4 passed, 1 failed, 4 skipped"]),
    ("a failed case", "", FAILED_CASE, "", 1, ["S.e: Expected equality", "4 passed, 1 failed, 4 skipped"]),
    ("a program that died", DIED, "", "", 1, ["unit.died", "4 passed, 1 failed, 4 skipped"]),
    ("a failed build", "", "", "gxx\tfailed\tbuild\tsee the log\n", 1, ["gxx: build", "4 passed, 1 failed"]),
    ("a leg without results", "", "", "gxx\tctest\t/nowhere\n", 1, ["left no report", "4 passed, 1 failed"]),
    ("a skipped leg", "", "", "gxx\tskipped\tleg\tno time\n", 0, ["gxx: leg: no time", "4 passed, 0 failed, 5 skipped"]),
]


def summary(directory, run):
    path = pathlib.Path(directory, "run.tsv")
    path.write_text(run)
    result = subprocess.run([sys.executable, SUMMARY, path], capture_output=True, text=True)
    return result.returncode, result.stdout + result.stderr


def main():
    failures = 0
    with tempfile.TemporaryDirectory() as directory:
        for name, tests, cases, lines, expected, words in RUNS:
            pathlib.Path(directory, "ctest.xml").write_text(CTEST % tests)
            pathlib.Path(directory, "unit.room.xml").write_text(CASES % cases)
            code, output = summary(directory, f"release\ttime\t61\nrelease\tctest\t{directory}\n{lines}")
            lost = [word for word in words if word not in output]
            if code != expected or lost:
                failures += 1
                print(f"{name}: expected exit {expected}, got {code}; not said: {lost}\n{output}")
        code, output = summary(directory, "")
        if code != 1:
            failures += 1
            print(f"an empty run: expected exit 1, got {code}\n{output}")
    print(f"{len(RUNS) + 1 - failures} passed, {failures} failed")
    return 1 if failures else 0


sys.exit(main())
