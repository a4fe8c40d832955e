"""No handler of `select` branches on its condition, which would be mispredicted half of the time where it changes.

Takes the file of operations and object files. Prints nothing and exits 0 when all is well; says which handlers branch and
exits 1 otherwise.
"""

import re
import sys

from machine_code import functions, report

ROW = re.compile(r"^WEIR_OP\((\w+),", re.MULTILINE)
CONDITIONAL_JUMP = re.compile(r"\bj(?!mp\b)[a-z]+\b")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        operations = ROW.findall(file.read())
    wanted = {f"OpE{operations.index(name)}E": name for name in ("select_int", "select_float")}
    seen, branching = set(), []
    for symbol, lines in functions(sys.argv[2:]):
        operation = re.search(r"7handlerI\w*variable4BodyI\w*(OpE\d+E)", symbol)
        if operation is None or operation[1] not in wanted:
            continue
        seen.add(wanted[operation[1]])
        if CONDITIONAL_JUMP.search("\n".join(lines)):
            branching.append(symbol)
    problems = [f"no handler of {name} was found" for name in wanted.values() if name not in seen]
    if branching:
        problems.append(f"{len(branching)} handlers branch, such as {branching[0]}")
    return report("selects", problems)


if __name__ == "__main__":
    sys.exit(main())
