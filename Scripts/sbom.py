#!/usr/bin/env python3
"""Writes the bill of materials of a built program as CycloneDX 1.6 in JSON: what went into it, and under which licence.

    Scripts/sbom.py PROGRAM VERSION [TRAITS…] > sbom.cdx.json

Packages come from `swift package show-dependencies`, libraries from the program's own list and the package that each
belongs to on this machine. Two runs on the same files write the same bytes.
"""

import datetime
import json
import os
import re
import subprocess
import sys
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOADED = ["libcurl.so.4", "libpq.so.5"]
"""Opened at run time, and therefore in no list of the program's."""
LICENCES = [("Apache License", "Apache-2.0"), ("MIT License", "MIT")]


def output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True).stdout


def licence(directory: Path) -> str | None:
    for path in sorted(directory.glob("LICENSE*")):
        head = path.read_text(errors="replace")[:600]
        for words, name in LICENCES:
            if words in head:
                return name
    return None


def component(kind: str, name: str, version: str, purl: str, licence: str | None, **more) -> dict:
    found = {"type": kind, "bom-ref": purl, "name": name, "version": version, "purl": purl} | more
    if licence:
        found["licenses"] = [{"license": {"id": licence}}]
    return found


def packages(traits: list[str]) -> list[dict]:
    text = output("swift", "package", *traits, "show-dependencies", "--format", "json")
    # What the package manager does meanwhile is printed before.
    tree = json.loads(text[text.index("{"):])
    found = {}
    waiting = list(tree["dependencies"])
    while waiting:
        each = waiting.pop()
        waiting += each["dependencies"]
        place = re.sub(r"^https://|\.git$", "", each["url"])
        purl = f"pkg:swift/{place}@{each['version']}"
        found[purl] = component(
            "library", each["identity"], each["version"], purl, licence(Path(each["path"])),
            externalReferences=[{"type": "vcs", "url": each["url"]}])
        for inner in vendored(each["identity"], Path(each["path"])):
            found[inner["purl"]] = inner
    return list(found.values())


def vendored(package: str, directory: Path) -> list[dict]:
    """What a package carries of others."""
    if package == "swift-nio-ssl":
        note = (directory / "Sources/CNIOBoringSSL/hash.txt").read_text()
        revision = re.search(r"\b[0-9a-f]{40}\b", note)[0]
        return [component(
            "library", "boringssl", revision, f"pkg:generic/boringssl@{revision}", "Apache-2.0",
            externalReferences=[{"type": "vcs", "url": "https://boringssl.googlesource.com/boringssl"}])]
    if package == "swift-nio":
        header = (directory / "Sources/CNIOLLHTTP/include/c_nio_llhttp.h").read_text()
        version = ".".join(re.search(rf"LLHTTP_VERSION_{part} (\d+)", header)[1] for part in ("MAJOR", "MINOR", "PATCH"))
        return [component("library", "llhttp", version, f"pkg:generic/llhttp@{version}", "MIT")]
    return []


def lists() -> list[dict]:
    """The lists of common passwords and the styles of dates, whose origins lie beside them."""
    rows = re.findall(
        r"^\| `[^|]*\| (\w+) ([\d.]+) \|.*\| ([^|]+) \|$", (ROOT / "Sources/CPasswords/ORIGIN.md").read_text(),
        re.MULTILINE)
    assert len(rows) == 2, "Sources/CPasswords/ORIGIN.md is written otherwise than is read here."
    names = {"BSD 3-Clause": "BSD-3-Clause", "MIT": "MIT"}
    dates = re.search(r"package babel ([\d.]+) on PyPI", (ROOT / "Sources/Calendar/Languages/ORIGIN.md").read_text())[1]
    return [
        component("data", name, version, f"pkg:pypi/{name}@{version}", names[licence.strip()])
        for name, version, licence in rows
    ] + [component("data", "babel", dates, f"pkg:pypi/babel@{dates}", "Unicode-3.0")]


def system_libraries(program: str) -> list[dict]:
    names = {line.split()[0]: line.split()[2] for line in output("ldd", program).splitlines() if " => /" in line}
    cache = dict(re.findall(r"^\s+(\S+) \(.*\) => (\S+)$", output("/sbin/ldconfig", "-p"), re.MULTILINE))
    found = {}
    for name, path in (names | {name: cache[name] for name in LOADED if name in cache}).items():
        owner = owning_package(path)
        if owner:
            package, version, architecture, source = owner
            purl = f"pkg:deb/debian/{package}@{version}?arch={architecture}"
            found[purl] = component("library", package, version, purl, None, description=f"{name}, of {source}")
        else:
            found[name] = component("library", name, "unknown", f"pkg:generic/{name}", None)
    return list(found.values())


def owning_package(path: str) -> tuple[str, ...] | None:
    # A merged /usr has each file under two names, and its package knows one.
    for name in (path, "/usr" + path, path.removeprefix("/usr")):
        done = subprocess.run(["dpkg-query", "-S", os.path.realpath(name)], capture_output=True, text=True)
        done = done if done.returncode == 0 else subprocess.run(
            ["dpkg-query", "-S", name], capture_output=True, text=True)
        if done.returncode == 0:
            package = done.stdout.split(": ")[0]
            shown = output("dpkg-query", "-W", "-f", "${Package}\t${Version}\t${Architecture}\t${source:Package}", package)
            return tuple(shown.split("\t"))
    return None


def main() -> None:
    program, version, *traits = sys.argv[1:]
    when = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", 0)), datetime.timezone.utc)
    swift = re.search(r"Swift version (\S+)", output("swift", "--version"))[1]
    components = packages(traits) + lists() + system_libraries(program)
    components.append(component(
        "library", "swift-stdlib", swift, f"pkg:swift/github.com/swiftlang/swift@{swift}", "Apache-2.0"))
    components.sort(key=lambda each: each["purl"])
    own = f"pkg:generic/latchkey@{version}"
    document = {
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "metadata": {
            "timestamp": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": component("application", "latchkey", version, own, "MIT"),
        },
        "components": components,
        "dependencies": [{"ref": own, "dependsOn": [each["bom-ref"] for each in components]}],
    }
    # The same contents have the same number.
    number = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(document, sort_keys=True))
    print(json.dumps(document | {"serialNumber": f"urn:uuid:{number}"}, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
