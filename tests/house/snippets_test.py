#!/usr/bin/env python3
"""Compiles every C++ snippet of the guides, each in a function that has what the guides say is there.

usage: snippets_test.py SOURCE_ROOT CXX DOCUMENT...
"""

import pathlib
import re
import subprocess
import sys
import tempfile

HEAD = """
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>
#include <weir/exchange.hpp>
#include <weir/wasi.hpp>
#include <weir/weir.hpp>
[[maybe_unused]] static void complain(weir::Error const& error) { std::puts(error.message().c_str()); }
"""
FUNCTION = """
[[maybe_unused]] static void snippet_{number}(
    [[maybe_unused]] weir::Engine const& engine, [[maybe_unused]] weir::Module const& module,
    [[maybe_unused]] weir::Store& store, [[maybe_unused]] weir::Linker& linker,
    [[maybe_unused]] weir::Instance const& instance, [[maybe_unused]] std::span<std::uint8_t const> bytes,
    [[maybe_unused]] std::uint64_t offset) {{ {{
#line {line} "{document}"
{text}}} }}
"""


def snippets(document):
    """(line, text) of each."""
    text = document.read_text()
    for match in re.finditer(r"^```cpp\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield text.count("\n", 0, match.start(1)) + 1, match.group(1)


def main():
    root, cxx, *names = sys.argv[1:]
    program = HEAD
    number = 0
    for name in names:
        found = list(snippets(pathlib.Path(root, name)))
        if not found:
            print(f"{name} has no snippet in C++")
            return 1
        for line, text in found:
            number += 1
            program += FUNCTION.format(number=number, line=line, document=name, text=text)
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "snippets.cpp")
        source.write_text(program)
        done = subprocess.run([cxx, "-std=c++23", "-fsyntax-only", "-Wall", "-Wextra", "-Wno-unused-variable",
                               "-Wno-unused-but-set-variable", "-Werror", f"-I{root}/include", str(source)], check=False)
    print(f"{number} snippets of {len(names)} documents")
    return done.returncode


sys.exit(main())
