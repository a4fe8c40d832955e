#!/usr/bin/env python3
"""The shells' completions and the manual page list exactly what `weir --help` and `weir COMMAND --help` list.

usage: interface_test.py WEIR
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

WEIR = sys.argv[1]
problems = []


def weir(*words):
    return subprocess.run([WEIR, *words], capture_output=True, text=True, check=True).stdout


def options_in_help(text):
    """The names in the first column of its options."""
    names = set()
    for line in text.split("\nOptions:\n")[1].split("\n\n")[0].splitlines():
        names.update(re.match(r"  ((?:-[\w-]+,?)+)", line)[1].split(","))
    return names


def expect(what, got, expected):
    if got != expected:
        problems.append(f"{what}: missing {sorted(expected - got)}, too many {sorted(got - expected)}")


def read_interface():
    text = weir("--help")
    commands = re.findall(r"^  (\w+) ", text.split("\nSubcommands:\n")[1].split("\n\n")[0], re.MULTILINE)
    helps = {command: weir(command, "--help") for command in commands}
    for command, text_of in helps.items():
        examples = re.findall(r"^  weir (\w+)", text_of.split("Examples:")[-1], re.MULTILINE)
        if command not in examples:
            problems.append(f"the help of {command} has no example of it")
    return options_in_help(text), {command: options_in_help(text_of) for command, text_of in helps.items()}


def complete_bash(script, *words):
    """What bash offers for the last word."""
    line = " ".join(words)
    program = f"""source {script}
COMP_WORDS=({' '.join(f"'{word}'" for word in words)}) COMP_CWORD={len(words) - 1} COMP_LINE='{line}' COMP_POINT={len(line)}
compopt() {{ :; }}
_weir weir '{words[-1]}' '{words[-2]}'
printf '%s\\n' "${{COMPREPLY[@]}}" """
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=False)
    if done.returncode != 0 or done.stderr:
        problems.append(f"bash, {line}: {done.stderr}")
    return set(done.stdout.split())


def check_bash(folder, top, commands):
    script = folder / "weir.bash"
    script.write_text(weir("completions", "bash"))
    expect("bash, commands", complete_bash(script, "weir", ""), set(commands) | top)
    for command, options in commands.items():
        expect(f"bash, options of {command}", complete_bash(script, "weir", command, "-"), options)
    expect("bash, backends", complete_bash(script, "weir", "run", "--backend", ""), {"auto", "tail-call", "loop"})
    expect("bash, features", complete_bash(script, "weir", "run", "-W", "simd"), {"simd=on", "simd=off"})
    (folder / "a folder").mkdir()
    (folder / "a file").touch()
    expect("bash, folders", complete_bash(script, "weir", "run", "--dir", f"{folder}/a"), {*f"{folder}/a folder".split()})


def check_fish(folder, top, commands):
    script = folder / "weir.fish"
    script.write_text(weir("completions", "fish"))
    if shutil.which("fish") is None:
        print("skipped: fish is not installed; its completions are only compared with the help")
        return

    def complete(line):
        done = subprocess.run(["fish", "--no-config", "-c", f"source {script}; complete -C '{line}'"],
                              capture_output=True, text=True, check=False, cwd=folder,
                              env=dict(os.environ, HOME=str(folder)))
        if done.returncode != 0 or done.stderr:
            problems.append(f"fish, {line}: {done.stderr}")
        return {row.split("\t")[0] for row in done.stdout.splitlines()}

    expect("fish, commands", complete("weir ") & set(commands), set(commands))
    for command, options in commands.items():
        expect(f"fish, options of {command}", complete(f"weir {command} -") | complete(f"weir {command} --"), options)
    expect("fish, options", complete("weir -") | complete("weir --"), top)
    expect("fish, backends", complete("weir run --backend "), {"auto", "tail-call", "loop"})


def check_zsh(folder, top, commands):
    script = folder / "_weir"
    script.write_text(weir("completions", "zsh"))
    if shutil.which("zsh") is None:
        print("skipped: zsh is not installed; its completions are only compared with the help")
        return
    # A completion system of the test's own: it prints what _arguments is given.
    program = f"""
_arguments() {{ print -rl -- "${{@}}"; state=rest; line=({{}}); line[1]=$WEIR_COMMAND; }}
_describe() {{ print -rl -- "${{(@P)2}}"; }}
autoload -U zmv
source {script}"""
    for command, options in [("", top), *commands.items()]:
        done = subprocess.run(["zsh", "-f", "-c", program], capture_output=True, text=True, check=False,
                              env=dict(os.environ, WEIR_COMMAND=command))
        if done.returncode != 0 or done.stderr:
            problems.append(f"zsh, {command}: {done.stderr}")
        names = set(re.findall(r"^\*?(-[\w-]+)\[", done.stdout, re.MULTILINE))
        expect(f"zsh, options of {command or 'weir'}", names, options | top)


def check_man(folder, top, commands):
    page = weir("manual")
    (folder / "weir.1").write_text(page)
    sections = re.split(r"^\.S[SH] (?:weir )?(.*)$", page, flags=re.MULTILINE)
    parts = dict(zip(sections[1::2], sections[2::2]))
    for name, options in [("OPTIONS", top), *commands.items()]:
        lines = re.findall(r"^\.TP\n(.*)$", parts.get(name, ""), re.MULTILINE)
        names = {word.replace("\\-", "-") for line in lines for word in re.findall(r"\\fB(.*?)\\fR", line)}
        expect(f"man, {name}", names, options)
    if shutil.which("groff") is None:
        print("skipped: groff is not installed; the manual page is not formatted")
        return
    done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", folder / "weir.1"], capture_output=True, text=True, check=False)
    if done.returncode != 0 or done.stderr or "weir run --dir" not in re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.stdout):
        problems.append(f"groff: {done.stderr}")


def main():
    top, commands = read_interface()
    with tempfile.TemporaryDirectory() as name:
        for check in (check_bash, check_zsh, check_fish, check_man):
            folder = pathlib.Path(name, check.__name__)
            folder.mkdir()
            check(folder, top, commands)
    print(*problems, sep="\n")
    print(f"{len(commands)} commands, {sum(map(len, commands.values()))} options, {len(problems)} problems")
    return 1 if problems else 0


sys.exit(main())
