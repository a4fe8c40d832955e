#!/usr/bin/env python3
"""A program in AssemblyScript, compiled here by its own compiler, gives what the same algorithms give in Python, and its
memory map is the compiler's layout, with names and without.

usage: assemblyscript_test.py PACKAGES RECORDS -- WEIR...
"""

import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).with_name("assemblyscript.ts")
BELOW = 20000


def primes():
    composite = set()
    count = 0
    for i in range(2, BELOW):
        if i not in composite:
            count += 1
            composite.update(range(2 * i, BELOW, i))
    return count


def longest_collatz():
    best = 0
    for start in range(1, BELOW):
        steps = 0
        while start != 1:
            start = start // 2 if start % 2 == 0 else 3 * start + 1
            steps += 1
        best = max(best, steps)
    return best


def harmonic():
    total = 0.0
    for i in range(1, BELOW + 1):
        total += 1.0 / i
    return total


def frequent():
    return max(collections.Counter(sum(map(int, str(i))) for i in range(BELOW)).values())


def wrong_map(weir, compiler, folder, options):
    """What is wrong with the memory map of the program compiled so: it has a stack of 32 KiB between data and heap."""
    module, text = (str(pathlib.Path(folder, f"map.{kind}")) for kind in ("wasm", "wat"))
    subprocess.run([*compiler, *options, "--outFile", module, "--textFile", text], check=True)
    heap = int(re.search(r"__stack_pointer \(mut i32\) \(i32.const (\d+)\)", pathlib.Path(text).read_text("utf-8"))[1])
    inspected = subprocess.run([*weir, "inspect", "--json", module], capture_output=True, text=True, check=True).stdout
    memory_map = json.loads(inspected)["memory_maps"][0]
    regions = {region["kind"]: region for region in memory_map["regions"]}
    begins = regions["stack"]["begin"], regions["heap"]["begin"]
    data_end = memory_map["data_end"]
    if begins[1] != heap or not 0 <= heap - 32768 - data_end < 16 or not 0 <= begins[0] - data_end < 16:
        return f"with {options} the heap begins at {heap}, and the map has {memory_map}"
    return None


def main():
    packages, records = map(pathlib.Path, sys.argv[1:3])
    weir = sys.argv[4:]
    if not all((packages / name).is_dir() for name in ("assemblyscript", "binaryen", "long")):
        print("skipped: the package assemblyscript is not here; the test programs.fetch says why")
        return 0
    backends = ["loop"]
    if "tail-call" in subprocess.run([*weir, "--version"], capture_output=True, text=True, check=True).stdout:
        backends.append("tail-call")
    expected = {each.__name__: each() for each in (primes, longest_collatz, harmonic, frequent)}
    with tempfile.TemporaryDirectory() as folder:
        module = str(pathlib.Path(folder, "guest.wasm"))
        compiler = ["node", packages / "assemblyscript/bin/asc.js", SOURCE]
        for options in (["-O3"], ["-O1", "--debug"]):
            if problem := wrong_map(weir, compiler, folder, options):
                print(problem)
                return 1
        subprocess.run([*compiler, "-O3", "--outFile", module], check=True)
        for backend in backends:
            for name, value in expected.items():
                done = subprocess.run([*weir, "run", "--backend", backend, "--unknown-imports-trap", "--invoke", name,
                                       module, str(BELOW)], capture_output=True, text=True, timeout=300, check=False)
                if done.returncode != 0 or float(done.stdout) != value:
                    print(f"{backend}: {name} gives {done.stdout}{done.stderr}, expected {value}")
                    return 1
    records.mkdir(parents=True, exist_ok=True)
    (records / "assemblyscript").touch()
    print(f"{len(expected)} functions on {len(backends)} backends: the results are Python's")
    return 0


sys.exit(main())
