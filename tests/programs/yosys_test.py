#!/usr/bin/env python3
"""Yosys (30 MB, C++) synthesises a counter; its netlist, simulated here gate by gate, must count.

usage: yosys_test.py PACKAGE RECORDS -- WEIR...
"""

import json
import os
import pathlib
import random
import re
import shlex
import subprocess
import sys
import tempfile

WIDTH = 8
ROOT = pathlib.Path(__file__).resolve().parents[2]
VERILOG = (ROOT / "examples/yosys/counter.v").read_text()
SCRIPT = "read_verilog /circuit/counter.v; synth -top counter -noabc; write_json /circuit/counter.json"

GATES = {
    "$_NOT_": lambda a, b: 1 - a,
    "$_AND_": lambda a, b: a & b,
    "$_OR_": lambda a, b: a | b,
    "$_XOR_": lambda a, b: a ^ b,
}


class Netlist:
    """A module of gates and of flip-flops with a synchronous reset to 0."""

    def __init__(self, module):
        self.ports = {name: port["bits"] for name, port in module["ports"].items()}
        self.nets = {"0": 0, "1": 1}
        self.gates = []
        self.flops = []
        for cell in module["cells"].values():
            pins = {pin: bits[0] for pin, bits in cell["connections"].items()}
            if cell["type"] == "$_SDFF_PP0_":
                self.flops.append(pins)
                self.nets[pins["Q"]] = 0
            else:
                self.gates.append((GATES[cell["type"]], pins))

    def settle(self):
        """Every gate once its inputs are known."""
        for gate in self.gates:
            self.nets.pop(gate[1]["Y"], None)
        waiting = self.gates
        while waiting:
            later = []
            for operation, pins in waiting:
                a, b = pins["A"], pins.get("B", "0")
                if a in self.nets and b in self.nets:
                    self.nets[pins["Y"]] = operation(self.nets[a], self.nets[b])
                else:
                    later.append((operation, pins))
            if len(later) == len(waiting):
                raise ValueError("the netlist has a loop, or a net that nothing drives")
            waiting = later

    def step(self, **inputs):
        for name, value in inputs.items():
            self.nets[self.ports[name][0]] = value
        self.settle()
        after = [(pins["Q"], 0 if self.nets[pins["R"]] else self.nets[pins["D"]]) for pins in self.flops]
        self.nets.update(after)
        self.settle()

    def read(self, name):
        return sum(self.nets[bit] << i for i, bit in enumerate(self.ports[name]))


def check(netlist):
    """Problems of a netlist, as sentences."""
    if len(netlist.flops) != WIDTH:
        return [f"{len(netlist.flops)} flip-flops, expected {WIDTH}"]
    chance = random.Random(1)
    count = 0
    netlist.step(reset=1, up=0)
    for cycle in range(1000):
        reset, up = int(chance.random() < 0.01), int(chance.random() < 0.6)
        count = 0 if reset else (count + (1 if up else -1)) % (1 << WIDTH)
        netlist.step(reset=reset, up=up)
        if (netlist.read("count"), netlist.read("zero")) != (count, int(count == 0)):
            return [f"in cycle {cycle} it shows {netlist.read('count')}, zero {netlist.read('zero')}; expected {count}"]
    return []


def synthesise(weir, backend, package, folder):
    command = [*weir, "run", "--backend", backend, "--dir", f"{folder}::/circuit", "--dir", f"{package / 'gen/share'}::/share:ro",
               str(package / "gen/yosys.core.wasm"), "-Q", "-T", "-p", SCRIPT]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    output = pathlib.Path(folder, "counter.json")
    if done.returncode != 0 or not output.is_file():
        return None, f"exit code {done.returncode}\n{done.stdout[-2000:]}{done.stderr}"
    return json.loads(output.read_text())["modules"]["counter"], ""


def run_readme(weir, package, folder):
    """The README's command as it stands there, in a folder that looks like what it is run in. A problem, or nothing."""
    command = re.search(r"^    (weir run .* package/gen/yosys.core.wasm .*)$", (ROOT / "README.md").read_text(), re.M)[1]
    os.symlink(package, folder / "package")
    os.symlink(ROOT / "examples", folder / "examples")
    words = " ".join(map(shlex.quote, weir))
    done = subprocess.run(["sh", "-c", f'weir() {{ {words} "$@"; }}\n{command}'], cwd=folder, capture_output=True,
                          text=True, timeout=600, check=False)
    good = done.returncode == 0 and re.search(r"^ +\$sdff +1$", done.stdout, re.M)
    return "" if good else f"{command}\n{done.stdout[-2000:]}{done.stderr}"


def main():
    package, records = map(pathlib.Path, sys.argv[1:3])
    weir = sys.argv[4:]
    if not package.is_dir():
        print("skipped: the package @yowasp/yosys is not here; the test programs.fetch says why")
        return 0
    backends = ["loop"]
    if "tail-call" in subprocess.run([*weir, "--version"], capture_output=True, text=True, check=True).stdout:
        backends.append("tail-call")
    netlists = []
    for backend in backends:
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "counter.v").write_text(VERILOG)
            module, problem = synthesise(weir, backend, package, folder)
        problems = [problem] if module is None else check(Netlist(module))
        if problems:
            print(backend, *problems, sep=": ")
            return 1
        netlists.append(module)
        records.mkdir(parents=True, exist_ok=True)
        with open(records / "@yowasp+yosys", "a", encoding="utf-8") as record:
            record.write(f"{backend}\n")
        print(f"{backend}: {len(module['cells'])} cells count as they should")
    with tempfile.TemporaryDirectory() as folder:
        if problem := run_readme(weir, package, pathlib.Path(folder)):
            print(f"the README's command fails: {problem}")
            return 1
    if any(netlist != netlists[0] for netlist in netlists):
        print("the backends give different netlists")
        return 1
    return 0


sys.exit(main())
