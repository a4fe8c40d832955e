"""The C interface through ctypes, as a program without a build step would use it: functions are called by their names,
and their types are what weir.h and wasm.h say."""

import argparse
import ctypes
import re
import subprocess

INTEGERS = {
    "int": ctypes.c_int, "_Bool": ctypes.c_bool, "size_t": ctypes.c_size_t, "int32_t": ctypes.c_int32,
    "int64_t": ctypes.c_int64, "uint8_t": ctypes.c_uint8, "uint32_t": ctypes.c_uint32, "uint64_t": ctypes.c_uint64,
    "float": ctypes.c_float, "double": ctypes.c_double,
}


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--library", required=True)
    parser.add_argument("--include", required=True)
    parser.add_argument("--cc", required=True)
    return parser.parse_args()


class Function:
    """One declaration: result and parameters as text of C, without `const` and names."""

    def __init__(self, name, result, parameters):
        self.name = name
        self.result = result
        self.parameters = parameters


def split(text):
    """Splits at commas that are not inside parentheses."""
    parts, depth, current = [], 0, ""
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += character
    return parts + [current]


def plain(text):
    """A parameter's type without qualifiers and the parameter's name."""
    if "(*" in text:
        return "function"
    words = re.sub(r"\b(const|struct)\b", "", text)
    pointers = words.count("*") + words.count("[")
    name = re.sub(r"\[.*\]", "", words).replace("*", " ").split()
    return name[0] + "*" * pointers


def declarations(options):
    """Every exported function of weir.h and wasm.h, and the typedefs of numbers."""
    text = subprocess.run(
        [options.cc, "-std=c11", "-E", "-P", f"-I{options.include}", "-x", "c", "-"],
        input="#include <weir/weir.h>", capture_output=True, text=True, check=True).stdout
    aliases = {new: old for old, new in re.findall(r"typedef (\w+) (\w+);", text)}
    functions = []
    for declaration in re.findall(r"visibility\(\"default\"\)\)\)([^;{]*);", text):
        name = re.search(r"\b((?:wasm|weir)_\w+)\s*\(", declaration)
        result = plain(declaration[:name.start()])
        inside = declaration[name.end():declaration.rindex(")")].strip()
        parameters = [] if inside in ("", "void") else [plain(part) for part in split(inside)]
        functions.append(Function(name.group(1), result, parameters))
    return functions, aliases


def ctype(text, aliases):
    while text in aliases and text not in INTEGERS:
        text = aliases[text]
    if text == "char*":
        return ctypes.c_char_p
    if text.endswith("*") or text == "function" or text.endswith("callback_t") or "callback_with" in text or text in (
            "weir_limiter_t", "weir_diagnostic_sink_t"):
        return ctypes.c_void_p
    return None if text == "void" else INTEGERS[text]


def load(options):
    """The library with the types of all its functions set; and their declarations."""
    library = ctypes.CDLL(options.library)
    functions, aliases = declarations(options)
    for function in functions:
        entry = getattr(library, function.name)
        entry.restype = ctype(function.result, aliases)
        entry.argtypes = [ctype(parameter, aliases) for parameter in function.parameters]
    return library, functions
