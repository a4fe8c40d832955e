"""docs/limits.md says what src/wasm/limits.hpp and the defaults of the public headers say.

usage: limits_test.py [ROOT]
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
ROOT = ROOT if ROOT.is_dir() else ROOT.parents[2]


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def documented():
    """First and second cell of each row of a table whose first cell is one name in backquotes."""
    rows = {}
    for name, value in re.findall(r"^\| `(\w+)` \| ([^|]+) \|", read("docs/limits.md"), re.M):
        rows.setdefault(name, []).append(value.strip())
    return rows


def in_words(value):
    """A default of the headers as the document writes it."""
    value = value.strip()
    if value in ("std::nullopt", "true", "false"):
        return {"std::nullopt": "none", "true": "on", "false": "off"}[value]
    number = eval(re.sub(r"std::uint64_t\{(\d+)\}", r"\1", value), {"__builtins__": {}})  # "1024 * 1024", "4 << 30"
    for unit, size in (("GiB", 1 << 30), ("MiB", 1 << 20)):
        if number >= size and number % size == 0:
            return f"{number // size} {unit}"
    return f"{number:,}"


def main():
    rows = documented()
    failures = []

    def expect(name, value, where):
        if value not in rows.get(name, []):
            failures.append(f"{where}: {name} is {value}; docs/limits.md has {' / '.join(rows.get(name, ['no row']))}")

    constants = re.findall(r"inline constexpr std::\w+ (\w+) = (\d+);", read("src/wasm/limits.hpp"))
    for name, value in constants:
        expect(name, f"{int(value):,}", "src/wasm/limits.hpp")

    config = dict(re.findall(r"^  (?:bool|std::\w+) (\w+)_ = ([^;]+);", read("include/weir/config.hpp"), re.M))
    settings = ("max_stack_bytes", "max_recursion_depth", "consume_fuel", "memory_reservation", "allow_start")
    for name in settings:
        if name not in config:
            failures.append(f"include/weir/config.hpp: no default of {name} found")
        else:
            expect(name, in_words(config[name]), "include/weir/config.hpp")

    struct = re.search(r"struct StoreLimits \{(.*?)\n\};", read("include/weir/limiter.hpp"), re.S).group(1)
    limits = re.findall(r"^  [\w:<>]+ (\w+) = ([^;]+);", struct, re.M)
    for name, value in limits:
        expect(name, in_words(value), "include/weir/limiter.hpp")

    known = {name for name, _ in constants} | {name for name, _ in limits} | set(settings) | {"features"}
    failures += [f"docs/limits.md: {name} is no limit (any more)" for name in rows if name not in known]
    if len(constants) < 20 or len(limits) < 7:
        failures.append(f"only {len(constants)} constants and {len(limits)} store limits found: has their form changed?")
    print("\n".join(failures) or f"{len(constants) + len(settings) + len(limits)} limits are as documented")
    return 1 if failures else 0


sys.exit(main())
