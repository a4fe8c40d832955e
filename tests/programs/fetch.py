#!/usr/bin/env python3
"""Brings packages of the npm registry into a folder, as packages.tsv pins them.

usage: fetch.py FOLDER

Each package comes to lie in FOLDER/node_modules/NAME; what was fetched once stays. Modules that a package keeps inside of
JavaScript are written out beside it. One that cannot be had is named in a line "skipped: ..." and is no failure; one
whose hash is not the pinned one is.
"""

import base64
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

PINS = pathlib.Path(__file__).with_name("packages.tsv")
SECONDS = 240


def pins():
    for line in PINS.read_text().splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


def pack(name, version, folder):
    """The package as npm has it, or a sentence why not."""
    command = ["npm", "pack", f"{name}@{version}", "--loglevel=error", "--prefer-offline", "--fetch-retries=1",
               "--fetch-retry-mintimeout=2000", "--fetch-timeout=60000", "--pack-destination", folder]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except FileNotFoundError:
        return None, "npm is not installed"
    except subprocess.TimeoutExpired:
        return None, f"the registry did not deliver it within {SECONDS} s"
    archives = list(pathlib.Path(folder).glob("*.tgz"))
    if done.returncode != 0 or len(archives) != 1:
        said = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        return None, "npm could not have it from the registry" + (f" ({said[0].strip()})" if said else "")
    return archives[0].read_bytes(), ""


def extract(archive, target):
    """All regular files; the archive's own top folder is left out. Files from outside are not trusted with paths."""
    with tarfile.open(archive) as tar:
        for member in tar:
            parts = pathlib.PurePosixPath(member.name).parts[1:]
            if not member.isfile() or not parts or ".." in parts:
                continue
            path = target.joinpath(*parts)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(tar.extractfile(member).read())


def unpack_yosys(package):
    """Its share folder, whose smaller files lie in a JavaScript object: one line each, in nested braces."""
    path = []
    for line in (package / "gen/resources-yosys.js").read_text().splitlines():
        text = line.strip()
        if opened := re.fullmatch(r'"?([\w.]+)"?: \{', text):
            path.append(opened[1])
        elif text in ("},", "}") and path:
            path.pop()
        elif path and (entry := re.fullmatch(r'("[\w.]+"): (".*"),', text)):
            file = package.joinpath("gen", *path, json.loads(entry[1]))
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.loads(entry[2]))


def unpack_hash_wasm(package):
    """Its modules, which are base64 in variables that come in pairs, name and data."""
    text = (package / "dist/index.umd.js").read_text()
    (package / "modules").mkdir(exist_ok=True)
    for _, name, data in re.findall(r'var name(\$?\w*) = "(\w+)";\s*var data\1 = "([^"]+)"', text):
        (package / "modules" / f"{name}.wasm").write_bytes(base64.b64decode(data))


UNPACK = {"@yowasp/yosys": unpack_yosys, "hash-wasm": unpack_hash_wasm}


def fetch(name, version, integrity, folder):
    """An error that fails the run, or None."""
    target = folder / "node_modules" / name
    stamp = target / ".fetched"
    if stamp.is_file() and stamp.read_text() == integrity:
        print(f"{name} {version}: there")
        return None
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        archive, why = pack(name, version, scratch)
        if archive is None:
            print(f"skipped: {name} {version}: {why}")
            return None
        method, expected = integrity.split("-", 1)
        if base64.b64encode(hashlib.new(method, archive).digest()).decode() != expected:
            return f"{name} {version}: what the registry gives has another hash than the one in {PINS.name}"
        fresh = pathlib.Path(scratch, "fresh")
        extract(next(pathlib.Path(scratch).glob("*.tgz")), fresh)
        UNPACK.get(name, lambda package: None)(fresh)
        (fresh / ".fetched").write_text(integrity)
        shutil.rmtree(target, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(fresh, target)
    print(f"{name} {version}: fetched")
    return None


def main():
    if len(sys.argv) != 2:
        print("usage: fetch.py FOLDER", file=sys.stderr)
        return 2
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    errors = [error for pin in pins() if (error := fetch(*pin, folder))]
    print(*errors, sep="\n")
    return 1 if errors else 0


sys.exit(main())
