"""bench/guard passes equal builds and small losses, and fails a slow kernel and a slow mean."""

import importlib.util
import pathlib
import sys
from importlib.machinery import SourceFileLoader

# The file's name has no .py.
loader = SourceFileLoader("bench_guard", str(pathlib.Path(__file__).resolve().parents[2] / "bench" / "guard"))
guard = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
loader.exec_module(guard)

# (name, new seconds of each of five kernels whose old medians are 1 s, words of the findings)
RUNS = [
    ("equal", [1.0, 1.0, 1.0, 1.0, 1.0], []),
    ("gains make up for losses", [1.09, 1.0, 0.92, 1.0, 1.0], []),
    ("a slow kernel", [1.12, 0.9, 0.9, 0.9, 0.9], ["k0 takes 1.120"]),
    ("a slow mean", [1.02, 1.02, 1.02, 1.02, 1.02], ["geometric mean is 1.020"]),
    ("both", [1.5, 1.0, 1.0, 1.0, 1.0], ["k0 takes 1.500", "geometric mean"]),
]

problems = []
for name, new, words in RUNS:
    # One wild run among each kernel's must not count.
    times = {f"k{i}": ([1.0, 1.0, 9.0], [seconds, seconds, 0.1]) for i, seconds in enumerate(new)}
    lines, slow = guard.verdict(times, 1.01, 1.10)
    if len(slow) != len(words) or any(word not in line for word, line in zip(words, slow)):
        problems.append(f"{name}: found {slow}, expected {words}")
    if len(lines) != len(new) + 1:
        problems.append(f"{name}: {len(lines)} lines for {len(new)} kernels and their mean")
print("\n".join(problems) or f"{len(RUNS)} verdicts are right")
sys.exit(bool(problems))
