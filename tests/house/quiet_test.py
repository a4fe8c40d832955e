"""bench/quiet.py: runs beside others are made again, as often as its patience goes; failures are not."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))
import quiet

ALONE, BESIDE = 1.0, 1.5


def runs(probes, results, folder):
    """QuietRuns for which the probe takes `probes` seconds in turn, and then the last of them, and commands give `results`."""
    probes, results = [ALONE] * 20 + probes, list(results)

    def cpu_seconds(command, _cpu):
        if command == [str(folder / "probe")]:
            return probes.pop(0) if len(probes) > 1 else probes[0], 0, ""
        return results.pop(0) if len(results) > 1 else results[0]

    return quiet.QuietRuns(cpu_seconds, "true", pathlib.Path("probe.c"), folder, 0)


CASES = (
    # name, probes, what commands give, (outcome, runs made, beside others, given up)
    ("alone", [ALONE], [(2.0, 1, "")], ((2.0, 1, ""), 1, 0, 0)),
    ("joined in between", [ALONE, BESIDE, ALONE], [(3.0, 1, ""), (2.0, 1, "")], ((2.0, 1, ""), 2, 1, 0)),
    ("beside others at first", [BESIDE, BESIDE, ALONE], [(2.0, 1, "")], ((2.0, 1, ""), 1, 0, 0)),
    ("begun beside others", [BESIDE] * quiet.PATIENCE + [ALONE], [(3.0, 1, ""), (2.0, 1, "")], ((2.0, 1, ""), 2, 1, 0)),
    ("never alone", [BESIDE], [(3.0, 1, "")], ((3.0, 1, ""), quiet.ATTEMPTS, quiet.ATTEMPTS, 1)),
    ("failed", [ALONE, BESIDE], [(1.0, None, "no")], ((1.0, None, "no"), 1, 0, 0)),
)


def main():
    wrong = 0
    for name, probes, results, expected in CASES:
        with tempfile.TemporaryDirectory() as folder:
            made = runs(probes, results, pathlib.Path(folder))
            outcome = made.cpu_seconds(["command"])
            found = (outcome, made.made, made.shared, made.given_up)
        if found != expected:
            print(f"{name}: {found}, expected {expected}", file=sys.stderr)
            wrong += 1
    print(f"{len(CASES) - wrong} of {len(CASES)} cases are right")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
