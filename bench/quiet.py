"""Runs commands while a processor has its core to itself.

Two threads of a core share what feeds it with instructions. On a rented machine the other thread may be somebody else's,
and no counter tells when it runs; but a piece of work that needs the whole core then takes longer. So that work
(probe.c) is timed before and after each run, and runs beside which it took long are made again. What it takes alone is not
known but for its least time so far: where the other thread is never idle, nobody notices.
"""
import os
import subprocess

LIMIT = 1.12  # of the probe's least time
PATIENCE = 200  # probes to wait for a core of one's own
ATTEMPTS = 12  # runs that are made at most for one figure


class QuietRuns:
    """`cpu_seconds` runs a command on a processor: (CPU seconds, result or None, output)."""

    def __init__(self, cpu_seconds, compiler, source, folder, cpu):
        self.cpu = max(os.sched_getaffinity(0)) if cpu is None else cpu
        self.run = cpu_seconds
        self.probe = folder / "probe"
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([compiler, "-O1", source, "-o", self.probe], check=True)
        self.least = min(self.probed() for _ in range(20))
        self.is_quiet = False  # as of the last probe
        self.made = self.shared = self.given_up = 0

    def probed(self):
        return self.run([str(self.probe)], self.cpu)[0]

    def look(self):
        seconds = self.probed()
        self.least = min(self.least, seconds)
        self.is_quiet = seconds <= LIMIT * self.least

    def cpu_seconds(self, command):
        for _ in range(ATTEMPTS):
            for _ in range(PATIENCE):
                if self.is_quiet:
                    break
                self.look()
            was_quiet = self.is_quiet
            outcome = self.run(command, self.cpu)
            self.made += 1
            self.look()
            if outcome[1] is None or (was_quiet and self.is_quiet):
                return outcome
            self.shared += 1
        self.given_up += 1
        return outcome

    def summary(self):
        text = f"{self.made} runs, {self.shared} of them beside others, which do not count"
        return text + (f" but for {self.given_up}, where the core never was alone" if self.given_up else "")
