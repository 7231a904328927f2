#!/usr/bin/env python3
"""Makes Sources/Basics/Unicode/NormalizationTables.swift anew from the Unicode Character Database:

    pip install unicodedata2
    Scripts/normalization-tables.py > Sources/Basics/Unicode/NormalizationTables.swift
"""

import unicodedata2 as unicode

SYLLABLES = range(0xAC00, 0xD7A4)
WIDTH = 108


def decompositions():
    """(code point, mark, code points) for each: `:` canonical, `!` canonical and never composed again, `~` compatible."""
    for value in range(0x110000):
        mapping = unicode.decomposition(chr(value)).split()
        if not mapping or value in SYLLABLES:
            continue
        if mapping[0].startswith("<"):
            yield value, "~", [int(part, 16) for part in mapping[1:]]
        else:
            composes = unicode.normalize("NFC", unicode.normalize("NFD", chr(value))) == chr(value)
            yield value, ":" if composes else "!", [int(part, 16) for part in mapping]


def decomposition_fields():
    """`FF10+A~30` is ten scalars whose decompositions begin one further each; `FEDB*2~643` two with the same."""
    rest = list(decompositions())
    while rest:
        (value, mark, parts), step, count = rest[0], None, 1
        while count < len(rest):
            (earlier, _, before), (later, other, after) = rest[count - 1], rest[count]
            distance = after[0] - before[0]
            if (later, other, after[1:]) != (earlier + 1, mark, parts[1:]) or distance not in (0, 1) or step not in (None, distance):
                break
            step, count = distance, count + 1
        run = f"{'+' if step else '*'}{count:X}" if count > 1 else ""
        yield f"{value:X}{run}{mark}{','.join(f'{part:X}' for part in parts)}"
        del rest[:count]


def class_fields():
    """`300*15:E6` is 21 scalars of class 230."""
    value = 0
    while value < 0x110000:
        found, count = unicode.combining(chr(value)), 1
        if found:
            while unicode.combining(chr(value + count)) == found:
                count += 1
            yield f"{value:X}{f'*{count:X}' if count > 1 else ''}:{found:X}"
        value += count


def literal(fields) -> str:
    lines, line = [], ""
    for field in fields:
        if len(line) + len(field) > WIDTH:
            lines.append(line + " \\")
            line = ""
        line += (" " if line else "") + field
    lines.append(line)
    return "\n".join("        " + line for line in lines)


print(f'''/// What normalisation needs of the Unicode Character Database {unicode.unidata_version}; made by Scripts/normalization-tables.py.
enum NormalizationTables {{
    /// `scalar:decomposition,…`, hexadecimal: `:` where the two compose again, `!` where they do not, `~` where the
    /// decomposition is only compatible. `FF10+A~30` is ten scalars whose decompositions begin one further each;
    /// `FEDB*2~643` is two with the same.
    static let decompositions = """
{literal(decomposition_fields())}
        """

    /// `scalar:class`, hexadecimal, of the scalars whose canonical combining class is not 0; `300*15:E6` is 21 of them.
    static let combiningClasses = """
{literal(class_fields())}
        """
}}''')
