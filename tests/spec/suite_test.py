"""The official suite on one backend: every file is run, and what fails is exactly what expected_failures.tsv lists.

usage: suite_test.py --suite FOLDER --backend tail-call|loop [--timeout TIME] -- WEIR...

Beyond the runner's own verdict this checks against the suite's groups.tsv that nothing was lost on the way: every file
has as many assertions as the table says, and the files that need no more than WebAssembly 1.0, or 2.0 without SIMD,
pass whole. Without the suite: exit 77 and a line that says so, or a failure with CI=true.
"""

import argparse
import collections
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
EXPECTED = HERE / "expected_failures.tsv"

# What the engine executes: these must pass whole. The table gives SIMD the group 2.0; its files are called simd_*.
WHOLE_GROUPS = {"1.0", "2.0"}
WHOLE_FILES = 81
WHOLE_ASSERTIONS = 25347


def skip(why):
    print(f"skipped: {why}")
    return 77


def read_groups(suite):
    """file -> (group, number of assertions)"""
    groups = {}
    for line in (suite / "groups.tsv").read_text().splitlines():
        if not line.startswith("#"):
            name, group, count = line.split("\t")
            groups[name] = (group, int(count))
    return groups


def read_report(path):
    """file -> kind -> [passed, failed]"""
    report = collections.defaultdict(dict)
    for line in path.read_text().splitlines():
        name, _, kind, passed, failed = line.split("\t")
        report[name][kind] = [int(passed), int(failed)]
    return report


def assertions(kinds):
    counts = [count for kind, count in kinds.items() if kind.startswith("assert_")]
    return sum(passed for passed, _ in counts), sum(failed for _, failed in counts)


def check(suite, report):
    """Problems, as sentences."""
    groups = read_groups(suite)
    problems = []
    for path in sorted(suite.rglob("*.wast")):
        name = path.relative_to(suite).as_posix()
        if name not in report:
            problems.append(f"{name} is in the suite but was not run")
    whole_files = whole_passed = 0
    for name, (group, count) in groups.items():
        passed, failed = assertions(report.get(name, {}))
        if passed + failed != count:
            problems.append(f"{name}: {passed + failed} assertions were run, groups.tsv counts {count}")
        if group in WHOLE_GROUPS and not name.startswith("simd_"):
            whole_files += 1
            whole_passed += passed
            broken = sum(failed for _, failed in report.get(name, {}).values())
            if broken:
                problems.append(f"{name} (Wasm {group}) must pass whole: {broken} commands failed")
    if whole_files != WHOLE_FILES or whole_passed != WHOLE_ASSERTIONS:
        problems.append(f"of Wasm 1.0 and 2.0 without SIMD {whole_passed} assertions in {whole_files} files passed; "
                        f"it must be {WHOLE_ASSERTIONS} in {WHOLE_FILES}")
    else:
        print(f"Wasm 1.0 and 2.0 without SIMD: {whole_files} files, {whole_passed} assertions, all passed")
    return problems


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--suite", default="")
    parser.add_argument("--backend", required=True, choices=["tail-call", "loop"])
    parser.add_argument("--timeout", default="120s")
    parser.add_argument("weir", nargs="+")
    arguments = parser.parse_args()

    suite = pathlib.Path(arguments.suite or os.environ.get("WEIR_SPEC_SUITE") or HERE.parents[2] / "shared/spec-testsuite")
    if not (suite / "groups.tsv").is_file():
        why = f"the official suite is not at {suite}; name its folder in WEIR_SPEC_SUITE"
        if os.environ.get("CI") == "true":
            print(f"failed: {why}")
            return 1
        return skip(why)
    version = subprocess.run([*arguments.weir, "--version"], capture_output=True, text=True, check=True).stdout
    if arguments.backend not in version:
        return skip(f"this build has no {arguments.backend} backend ({version.strip()})")

    with tempfile.TemporaryDirectory() as directory:
        report = pathlib.Path(directory, "report.tsv")
        result = subprocess.run([*arguments.weir, "wast", "--quiet", "--backend", arguments.backend,
                                 "--timeout", arguments.timeout, "--expected-failures", EXPECTED,
                                 "--report", report, suite], check=False)
        if not report.is_file():
            print(f"failed: weir wast ended with code {result.returncode} and left no report")
            return 1
        problems = check(suite, read_report(report))
    for problem in problems:
        print(f"failed: {problem}")
    return 1 if problems or result.returncode else 0


sys.exit(main())
