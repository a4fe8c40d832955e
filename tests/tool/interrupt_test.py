#!/usr/bin/env python3
"""Ctrl-C interrupts a guest, which is told where it was; a second one ends the tool at once.

usage: interrupt_test.py WEIR
"""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

WEIR = sys.argv[1]
ENDLESS = """(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\08\\00\\00\\00\\06\\00\\00\\00ready\\n")
  (func $print (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16))))
  (func $spin (loop $again (br $again)))
  (func (export "_start") (call $print) (call $spin)))
"""


def start(folder, backend, errors):
    """The tool, with a guest that is in its endless loop or about to be."""
    path = pathlib.Path(folder, "guest.wat")
    path.write_text(ENDLESS)
    tool = subprocess.Popen([WEIR, "run", "--backend", backend, str(path)], stdout=subprocess.PIPE, stderr=errors,
                            text=True)
    assert tool.stdout.readline() == "ready\n"
    return tool


def interrupt_once(folder, backend):
    with start(folder, backend, subprocess.PIPE) as tool:
        tool.send_signal(signal.SIGINT)
        begin = time.monotonic()
        _, errors = tool.communicate(timeout=60)
        seconds = time.monotonic() - begin
    print(f"{backend}: exit code {tool.returncode} after {seconds:.3f} s\n{errors}")
    return tool.returncode == 130 and "interrupt" in errors and "`spin`" in errors and seconds < 10


def interrupt_twice(folder, backend):
    """The error stream is full and nobody reads it, so that the report of the first interruption never ends."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"-" * 4096)
    except BlockingIOError:
        os.set_blocking(writer, True)
    with start(folder, backend, writer) as tool:
        tool.send_signal(signal.SIGINT)
        time.sleep(1)
        waits = tool.poll() is None
        tool.send_signal(signal.SIGINT)
        code = tool.wait(timeout=60)
    os.close(reader)
    os.close(writer)
    print(f"{backend}: after the first Ctrl-C it {'hangs in its report' if waits else 'ended'}; exit code {code}")
    return waits and code == 130


def main():
    backends = ["loop"]
    if "tail-call" in subprocess.run([WEIR, "--version"], capture_output=True, text=True, check=True).stdout:
        backends.append("tail-call")
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        for backend in backends:
            if not interrupt_once(folder, backend):
                problems.append(f"{backend}: one Ctrl-C does not interrupt the guest and say where")
            if not interrupt_twice(folder, backend):
                problems.append(f"{backend}: a second Ctrl-C does not end the tool at once")
    print(*problems, sep="\n")
    return 1 if problems else 0


sys.exit(main())
