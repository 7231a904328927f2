"""Contrast (WCAG 2.2, 1.4.3 and 1.4.11) of the colours in Public/*.css, computed from the style sheets.

    python Tests/Acceptance/contrast.py          prints the table of docs/pages.md

The pairs are those that test_contrast.py finds on the pages; it fails where one is missing here, or is used no more.
"""

import re
from functools import cache
from pathlib import Path

PUBLIC = Path(__file__).resolve().parents[2] / "Public"
LEAST = {"Text": 4.5, "Icon": 3, "Edge": 3, "Focus": 3}

Color = tuple[float, float, float, float]
"""Red, green, blue and alpha, from 0 to 1."""

PAIRS: dict[str, dict[str, list[str]]] = {
    "Text": {
        "ink": [
            "paper", "surface", "raised", "tint", "ink 6%, paper", "hover on paper", "sunken on paper",
            "paper 88% on paper", "hover on surface", "sunken on surface", "sunken on tint",
            "sunken on hover on surface", "hover on raised",
        ],
        "ink2": [
            "paper", "surface", "raised", "danger-tint", "ink 6%, paper", "sunken on paper",
            "paper 88% on paper", "hover on surface",
        ],
        "ink3": ["paper", "surface", "raised", "hover on surface"],
        "accent": ["paper", "surface", "raised", "tint", "hover on paper", "hover on surface", "hover on raised"],
        "on-accent": ["accent", "accent-hover"],
        "brass": ["surface", "hover on surface"],
        "danger": ["paper", "surface", "raised", "danger-tint", "hover on surface"],
        "toast-ink": ["toast"],
        "toast-accent": ["toast", "toast-ink 8% on toast"],
    },
    "Icon": {
        "ink": ["sunken on hover on surface"],
        "ink2": ["surface", "hover on surface"],
        "ink3": ["paper 88% on paper"],
        "accent": ["surface"],
        "on-accent": ["accent"],
    },
    "Edge": {
        "control": ["paper", "surface", "raised", "hover on surface"],
        "accent": ["surface", "hover on surface"],
        "danger": ["paper", "surface", "raised"],
    },
    "Focus": {
        "focus": [
            "paper", "surface", "raised", "tint", "danger-tint", "sunken on paper", "paper 88% on paper",
            "hover on surface", "hover on raised",
        ],
        "toast-accent": ["toast", "toast-ink 8% on toast"],
    },
}
"""For each use the colours, and for each colour the grounds that it stands on."""


# The style sheets


def split(text: str, separator: str) -> list[str]:
    """The parts between separators that stand in no parentheses."""
    parts, depth = [""], 0
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == separator and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]


@cache
def rules() -> str:
    text = "".join((PUBLIC / name).read_text() for name in ["app.css", "pages.css"])
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)


@cache
def tokens() -> dict[str, str]:
    """The custom properties of the first rule for the root, which are those of the screen."""
    root = re.search(r":root \{(.*?)\n\}", rules(), re.DOTALL)[1]
    declared = dict(re.findall(r"--([\w-]+):\s*([^;]+);", root))
    return {name: value for name, value in declared.items() if is_color(value)}


def is_color(value: str) -> bool:
    return bool(re.fullmatch(r"#[0-9a-f]{3,8}|transparent|(rgb|light-dark|color-mix|var)\(.*\)", value))


@cache
def mixtures() -> dict[str, str]:
    """Colours that are mixed where they are used, under names such as `toast-ink 8%`."""
    found = {}
    text = rules()
    for start in re.finditer(r"color-mix\(", text):
        value = first_call(text[start.start():])
        if value not in tokens().values():
            name = value.removeprefix("color-mix(in srgb, ").removesuffix(")")
            found[re.sub(r"var\(--([\w-]+)\)", r"\1", name).removesuffix(", transparent")] = value
    return found


def first_call(text: str) -> str:
    depth = 0
    for index, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == ")" and depth == 0:
            return text[:index + 1]
    raise ValueError(text[:80])


def color(value: str, scheme: str) -> Color:
    """A colour of CSS, in one of the schemes `light` and `dark`."""
    if value == "transparent":
        return (0, 0, 0, 0)
    if value.startswith("#"):
        digits = value[1:] if len(value) > 5 else "".join(digit * 2 for digit in value[1:])
        parts = [int(digits[index:index + 2], 16) / 255 for index in range(0, len(digits), 2)]
        return (*parts, 1.0) if len(parts) == 3 else tuple(parts)
    name, inner = re.fullmatch(r"([\w-]+)\((.*)\)", value, re.DOTALL).groups()
    match name:
        case "var":
            return color(tokens()[inner.strip().removeprefix("--")], scheme)
        case "light-dark":
            return color(split(inner, ",")[scheme == "dark"], scheme)
        case "rgb" | "rgba":
            numbers = [float(number) for number in re.findall(r"[\d.]+", inner)]
            return (*(number / 255 for number in numbers[:3]), numbers[3] if len(numbers) > 3 else 1.0)
        case "color":
            numbers = [float(number) for number in re.findall(r"[\d.]+(?:e-?\d+)?", inner.removeprefix("srgb"))]
            return (*numbers[:3], numbers[3] if len(numbers) > 3 else 1.0)
        case "color-mix":
            space, first, second = split(inner, ",")
            assert space == "in srgb", value
            base, share = split(first, " ")
            return mixed(color(base, scheme), color(second, scheme), float(share.removesuffix("%")) / 100)
    raise ValueError(f"{value} is no colour that can be read here.")


def mixed(first: Color, second: Color, share: float) -> Color:
    """`color-mix(in srgb, first share, second)`: the channels are weighted by alpha (CSS Color 5, section 3.2)."""
    alpha = first[3] * share + second[3] * (1 - share)
    if alpha == 0:
        return (0, 0, 0, 0)
    channels = ((one * first[3] * share + other * second[3] * (1 - share)) / alpha for one, other in zip(first[:3], second[:3]))
    return (*channels, alpha)


@cache
def named() -> dict[str, tuple[Color, Color]]:
    """Every colour of the style sheets, light and dark."""
    return {name: (color(value, "light"), color(value, "dark")) for name, value in (tokens() | mixtures()).items()}


# Contrast


def over(top: Color, ground: Color) -> Color:
    return (*(one * top[3] + other * (1 - top[3]) for one, other in zip(top[:3], ground[:3])), 1.0)


def luminance(color: Color) -> float:
    """The relative luminance of WCAG 2.2."""
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(text: Color, ground: Color) -> float:
    darker, lighter = sorted([luminance(over(text, ground)), luminance(ground)])
    return (lighter + 0.05) / (darker + 0.05)


def ground(name: str, scheme: int, colors: dict[str, tuple[Color, Color]]) -> Color:
    """A ground such as `paper` or `hover on surface`."""
    *tops, result = (colors[part][scheme] for part in name.split(" on "))
    assert result[3] == 1, f"{name} shows what is below it."
    for top in reversed(tops):
        result = over(top, result)
    return result


def ratios(text: str, below: str) -> tuple[float, float]:
    """The contrast in light and in dark colours."""
    colors = named()
    return tuple(contrast(colors[text][scheme], ground(below, scheme, colors)) for scheme in (0, 1))


def pairs() -> list[tuple[str, str, str]]:
    return [(use, text, below) for use, texts in PAIRS.items() for text, grounds in texts.items() for below in grounds]


def table() -> str:
    """The table in Markdown; figures are rounded down, so that none seems to be enough that is not."""
    lines = ["| | Colour | On | Light | Dark | At least |", "|---|---|---|---|---|---|"]
    for use, text, below in pairs():
        light, dark = (int(ratio * 10) / 10 for ratio in ratios(text, below))
        lines.append(f"| {use} | {text} | {below} | {light} | {dark} | {LEAST[use]} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
