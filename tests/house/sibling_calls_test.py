"""No handler of the g++ tail-call backend calls the next one: each jumps, or the native stack would grow with every cell.

Takes object files. Prints nothing and exits 0 when all is well; says which handlers call and exits 1 otherwise.
"""

import re
import sys

from machine_code import functions, report

# Handlers that end the interpreter's run, and so return: the cells `stop` and the trap exit.
RETURNING = 2

# The exit that calls host functions, which it knows by their address.
CALLS_HOST = "8CallExit"

INDIRECT_CALL = re.compile(r"\bcall\s+\*")
INDIRECT_JUMP = re.compile(r"\bjmp\s+\*")
RETURN = re.compile(r"\bret\b")
# g++ aligns its stack with the help of a register of its own choice, which may be one that is set aside.
ALIGNS_STACK = re.compile(r"\band\s+\$0x[0-9a-f]+,%rsp")


def main():
    handlers, calling, returning, stuck, aligning = 0, [], [], [], []
    for symbol, lines in functions(sys.argv[1:]):
        if "12SiblingCalls" not in symbol or "7handlerI" not in symbol:
            continue
        handlers += 1
        text = "\n".join(lines)
        if ALIGNS_STACK.search(text):
            aligning.append(symbol)
        if len(INDIRECT_CALL.findall(text)) > (1 if CALLS_HOST in symbol else 0):
            calling.append(symbol)
        elif RETURN.search(text):
            returning.append(symbol)
        elif not INDIRECT_JUMP.search(text):
            stuck.append(symbol)
    problems = []
    if handlers == 0:
        problems.append("no handler was found")
    if calling:
        problems.append(f"{len(calling)} handlers call the next one, such as {calling[0]}")
    if len(returning) != RETURNING:
        problems.append(f"{len(returning)} handlers return, not {RETURNING}, such as {returning[:3]}")
    if aligning:
        problems.append(f"{len(aligning)} handlers align the stack, such as {aligning[0]}")
    if stuck:
        problems.append(f"{len(stuck)} handlers lead nowhere, such as {stuck[0]}")
    return report("sibling_calls", problems)


if __name__ == "__main__":
    sys.exit(main())
