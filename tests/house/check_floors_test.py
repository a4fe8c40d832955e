"""Every rule of scripts/check_floors is broken once, in a house of its own, and must be noticed."""

import pathlib
import subprocess
import sys
import tempfile

CHECK = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "check_floors"

GOOD = {
    "include/weir/error.hpp": "#pragma once\n#if defined(__cpp_exceptions)\n#endif\n#include <string>\n",
    "include/weir/weir.hpp": "#pragma once\n#include <weir/error.hpp>\n",
    "src/base/bytes.hpp": "#pragma once\n#include <cstdint>\n",
    "src/platform/memory.cpp": "#if defined(__linux__)\n#endif\n",
    "src/wasm/module.hpp": '#pragma once\n#include <weir/error.hpp>\n#include "base/bytes.hpp"\n',
    "src/decode/reader.hpp": '#pragma once\n#include "wasm/module.hpp"\n',
    "src/decode/reader.cpp": '#include "decode/reader.hpp"\n#include <fmt/format.h>\n// #include "engine/link.hpp"\n',
    "src/validate/function.cpp": '#include "decode/reader.hpp"\n',
    "src/execute/dispatch.cpp": "#if defined(__clang__)\n#endif\n",
    "src/engine/link.cpp": '#include <weir/weir.hpp>\n#include "decode/reader.hpp"\n',
    "src/exchange/bincode.cpp": "#include <weir/weir.hpp>\n",
    "tools/weir/main.cpp": '#include <weir/weir.hpp>\n#include "decode/reader.hpp"\n',
    "src/wasm/opcodes.def": "X\n" * 1200,
}

# (what is wrong, files that replace or join the good ones, words that the report must contain)
BAD = [
    ("an include that runs up", {"src/wasm/module.hpp": '#include "decode/reader.hpp"\n'}, "includes only run down"),
    ("a sideways include", {"src/text/a.cpp": '#include "validate/a.hpp"\n', "src/validate/a.hpp": "\n"},
     "includes only run down"),
    ("base above itself", {"src/base/a.cpp": '#include "platform/a.hpp"\n', "src/platform/a.hpp": "\n"},
     "includes only run down"),
    ("wasm on the system", {"src/wasm/a.cpp": '#include "platform/a.hpp"\n', "src/platform/a.hpp": "\n"},
     "includes only run down"),
    ("engine on tools", {"src/engine/a.cpp": '#include "weir/a.hpp"\n', "tools/weir/a.hpp": "\n"}, "names no file"),
    ("beside, but inside", {"src/exchange/a.cpp": '#include "base/bytes.hpp"\n'}, "stands on <weir/...> alone"),
    ("the tower on what is beside", {"src/engine/a.cpp": '#include "exchange/a.hpp"\n', "src/exchange/a.hpp": "\n"},
     "stands beside the tower"),
    ("an unknown room", {"src/attic/a.cpp": '#include "base/bytes.hpp"\n'}, "table of floors"),
    ("the API from below", {"src/runtime/a.cpp": "#include <weir/weir.hpp>\n"}, "see the API"),
    ("a noun from floor 1", {"src/base/a.cpp": "#include <weir/error.hpp>\n"}, "knows nothing of Wasm"),
    ("a public header that does not exist", {"src/engine/a.cpp": "#include <weir/nowhere.hpp>\n"}, "does not exist"),
    ("a private include in public", {"include/weir/a.hpp": '#include "base/bytes.hpp"\n'}, "a public header includes"),
    ("a noun on the API", {"include/weir/error.hpp": "#include <weir/weir.hpp>\n"}, "is not a noun"),
    ("climbing", {"src/decode/a.cpp": '#include "../base/bytes.hpp"\n'}, "climbs"),
    ("climbing in a test", {"tests/unit/base/a.cpp": '#include "../../src/base/bytes.hpp"\n'}, "climbs"),
    ("a sibling by its bare name", {"src/decode/a.cpp": '#include "reader.hpp"\n'}, "from its own folder"),
    ("a circle", {"src/base/bytes.hpp": '#include "base/b.hpp"\n', "src/base/b.hpp": '#include "base/bytes.hpp"\n'},
     "closes a circle"),
    ("a circle of one", {"src/base/bytes.hpp": '#include "base/bytes.hpp"\n'}, "closes a circle"),
    ("a conditional", {"src/base/a.hpp": "#ifdef __linux__\n#endif\n"}, "conditionals belong"),
    ("an odd conditional in public", {"include/weir/a.hpp": "#ifdef __linux__\n#endif\n"}, "may only ask for"),
    ("fmt in a header", {"src/base/a.hpp": "#include <fmt/core.h>\n"}, "format only inside"),
    ("a file too long", {"src/base/a.cpp": "\n" * 1001}, "1000 at the most"),
    ("a marker", {"src/base/a.cpp": "// FIX" "ME later\n"}, "unfinished work"),
    ("an empty root", None, "no source files"),
]


def run(files):
    with tempfile.TemporaryDirectory() as root:
        for name, text in files.items():
            path = pathlib.Path(root, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        result = subprocess.run([sys.executable, CHECK, "--root", root], capture_output=True, text=True)
        return result.returncode, result.stdout + result.stderr


def main():
    failures = 0
    code, output = run(GOOD)
    if code != 0:
        failures += 1
        print(f"a good house was refused:\n{output}")
    for name, change, words in BAD:
        code, output = run({} if change is None else GOOD | change)
        if code != 1 or words not in output:
            failures += 1
            print(f"{name}: expected exit 1 and '{words}', got exit {code} and:\n{output}")
    print(f"{len(BAD) + 1 - failures} passed, {failures} failed")
    return 1 if failures else 0


sys.exit(main())
