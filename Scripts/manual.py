#!/usr/bin/env python3
"""Writes the manual page latchkey(1) in mdoc, from what the program says about its own commands and settings.

    Scripts/manual.py PROGRAM > latchkey.1
"""

import datetime
import json
import os
import re
import subprocess
import sys


def said(program: str, *arguments: str) -> str:
    # Without the settings of this shell: only their descriptions are wanted.
    done = subprocess.run(
        [program, *arguments], capture_output=True, text=True, cwd="/", env={"PATH": "/usr/bin:/bin"})
    if not done.stdout:
        sys.exit(done.stderr or f"{program} said nothing")
    return done.stdout


def escaped(text: str) -> str:
    """Text that is no macro and no escape: a line of it begins with a letter or a zero-width mark."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("–", "\\(en").replace("…", "...").replace("`", "")
    return "\n".join("\\&" + line if line.startswith((".", "'")) else line for line in text.split("\n"))


def argument(text: str) -> str:
    """Text as an argument of a macro."""
    return '"' + escaped(text).replace('"', '""') + '"'


def prose(text: str) -> list[str]:
    lines = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        lines.append(".Pp")
        if paragraph.startswith("latchkey "):
            lines += [".Bd -literal -offset indent", escaped(paragraph), ".Ed"]
        else:
            lines.append(escaped(paragraph.replace("\n", " ")))
    return lines


def label(option: dict) -> str:
    names = [("-" if name["kind"] == "short" else "--") + name["name"] for name in option.get("names", [])]
    if not names:
        return f".It Ar {argument(option['valueName'])}"
    value = f" Ns = Ns Ar {argument(option['valueName'])}" if option["kind"] == "option" else ""
    # Fl writes a hyphen of its own.
    return ".It " + " , ".join("Fl " + escaped(name[1:]) for name in names) + value


def is_shown(option: dict) -> bool:
    names = {name["name"] for name in option.get("names", [])}
    return option["shouldDisplay"] and not names & {"help", "version"}


def commands(command: dict, path: list[str]):
    """The lines of a command and those below it."""
    for each in command.get("subcommands", []):
        if each["commandName"] == "help" or not each["shouldDisplay"]:
            continue
        own = [*path, each["commandName"]]
        options = [option for option in each.get("arguments", []) if is_shown(option)]
        positional = [option for option in options if option["kind"] == "positional"]
        usage = " ".join([
            *own, *(f"[{option['valueName']}]" if option["isOptional"] else option["valueName"] for option in positional)])
        yield f".Ss {escaped(usage)}"
        yield escaped(each["abstract"])
        if each.get("discussion"):
            yield from prose(each["discussion"])
        if options:
            yield ".Bl -tag -width Ds"
            for option in options:
                yield label(option)
                yield escaped(option.get("abstract", ""))
            yield ".El"
        yield from commands(each, own)


def main() -> None:
    program = sys.argv[1]
    tool = json.loads(said(program, "--experimental-dump-help"))["command"]
    settings = [json.loads(line) for line in said(program, "settings", "--json").splitlines()]
    version = said(program, "--version").strip()
    day = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", 0)), datetime.timezone.utc)
    lines = [
        f".Dd {day:%B} {day.day}, {day.year}", ".Dt LATCHKEY 1", f".Os Latchkey {version}",
        ".Sh NAME", ".Nm latchkey", ".Nd a task list with accounts of its own",
        ".Sh SYNOPSIS", ".Nm", ".Op Ar command", ".Op Ar options",
        ".Sh DESCRIPTION", escaped(tool["abstract"]), *prose(tool.get("discussion", "")),
        ".Sh COMMANDS", *commands(tool, []),
        ".Sh ENVIRONMENT", "Secrets can also lie in a file that the variable with the ending", ".Ev _FILE", "names.",
        ".Bl -tag -width Ds",
    ]
    for setting in settings:
        files = f" (or {setting['name']}_FILE)" if setting["is_secret"] else ""
        lines += [
            f".It Ev {escaped(setting['name'])}", escaped(setting["help"]),
            escaped(f"Value{files}: {setting['type']}. Default: {setting['default']}."),
        ]
    lines += [
        ".El", ".Sh FILES", ".Bl -tag -width Ds",
        ".It Pa .env", "Settings as NAME=value lines, in the working directory.",
        ".It Pa data/latchkey.db", "The database, with the files beside it that begin with its name.",
        ".It Pa data/secret", "The secret, where none is set.",
        ".It Pa data/backups", "Backups, where", ".Ev BACKUP_DIR", "names no other directory.", ".El",
        ".Sh EXIT STATUS",
        "0 if all went well, 1 if it did not, 2 from",
        ".Cm check", ".Fl \\-strict", "with warnings, and 64 for a command line that makes no sense.",
        ".Sh SEE ALSO", ".Xr systemd 1 , ", ".Xr sqlite3 1",
    ]
    print("\n".join(lines))


if __name__ == "__main__":
    main()
