"""Contrast of everything that the pages show, computed from the style sheets, for the pairs that Chromium finds on them."""

import os

import pytest
from playwright.sync_api import Error

import contrast
from support import ASSETS
from test_accessibility import PAGES

# Each text, icon, edge and focus ring in sight, with its colour and the layers of its ground from the top to the first
# that covers what is below; in both schemes at once, so that an element is itself in both.
COLLECT = """ring => {
    const clear = value => /^rgba\\(.*, 0\\)$|\\/ 0\\)$/.test(value);
    const covers = value => !/^rgba|\\//.test(value);
    const layers = element => {
        const found = [];
        for (; element; element = element.parentElement) {
            const { backgroundColor } = getComputedStyle(element);
            if (clear(backgroundColor)) continue;
            found.push(backgroundColor);
            if (covers(backgroundColor)) break;
        }
        return found;
    };
    const isSeen = element => {
        if (!element.checkVisibility({ visibilityProperty: true }) || element.closest('.visually-hidden, .skip:not(:focus)')) return false;
        for (let part = element; part; part = part.parentElement) {
            const { opacity } = getComputedStyle(part);
            // What is disabled or under way may be pale (WCAG 2.2, 1.4.3).
            if (opacity === '0' || (opacity !== '1' && part.matches('[disabled], [data-busy]'))) return false;
            if (opacity !== '1') throw new Error(`Translucent: ${part.outerHTML.slice(0, 200)}`);
        }
        return true;
    };
    const texts = found => {
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
            const element = walker.currentNode.parentElement;
            // A first letter may be larger than the rest, whose size is 0; in the colour they are the same.
            if (!walker.currentNode.data.trim() || !isSeen(element) || element.matches('option')) continue;
            found.push(['Text', getComputedStyle(element).color, layers(element), element]);
        }
        for (const field of document.querySelectorAll('input:not([type=checkbox], [type=radio], [type=hidden]), textarea, select')) {
            if (!isSeen(field)) continue;
            const isEmpty = field.placeholder && !field.value;
            if (isEmpty || field.value) found.push(['Text', getComputedStyle(field, isEmpty ? '::placeholder' : null).color, layers(field), field]);
        }
    };
    const icons = found => {
        for (const icon of document.querySelectorAll('svg')) {
            if (!isSeen(icon)) continue;
            const { stroke, opacity } = getComputedStyle(icon);
            if (stroke !== 'none' && opacity !== '0') found.push(['Icon', stroke, layers(icon), icon]);
        }
        for (const tick of document.querySelectorAll('.done .tick i')) {
            if (!isSeen(tick)) continue;
            const [ground, mark] = ['::before', '::after'].map(part => getComputedStyle(tick, part).backgroundColor);
            found.push(['Icon', mark, [ground], tick]);
        }
    };
    const edges = found => {
        for (const control of document.querySelectorAll('input:not([type=checkbox], [type=radio], [type=hidden]), textarea, select, .tick i')) {
            const { borderTopColor, borderTopWidth } = getComputedStyle(control);
            if (!isSeen(control) || borderTopWidth === '0px') continue;
            // A field for searching is known by its icon; its line is no more than a line.
            if (control.matches('.search input')) continue;
            found.push(['Edge', borderTopColor, layers(control.parentElement), control], ['Edge', borderTopColor, layers(control), control]);
        }
    };
    const rings = found => {
        for (const control of document.querySelectorAll('a, button, input:not([type=hidden]), textarea, select, summary, [tabindex="0"]')) {
            if (!isSeen(control)) continue;
            for (const part of [null, '::after']) {
                const { outlineStyle, outlineColor, outlineOffset } = getComputedStyle(control, part);
                if (outlineStyle === 'none' || clear(outlineColor)) continue;
                found.push(['Focus', outlineColor, layers(parseFloat(outlineOffset) < 0 ? control : control.parentElement), control]);
            }
        }
    };
    const root = document.documentElement;
    const { appearance } = root.dataset;
    const looks = ['light', 'dark'].map(name => {
        root.dataset.appearance = name;
        const found = [];
        for (const collect of ring ? [rings] : [texts, icons, edges]) collect(found);
        return found;
    });
    if (appearance) root.dataset.appearance = appearance;
    else delete root.dataset.appearance;
    const [light, dark] = looks;
    const unique = new Map();
    light.forEach(([use, color, grounds, element], index) => {
        const other = dark[index];
        const pair = [use, [color, other[1]], grounds.map((ground, depth) => [ground, other[2][depth]])];
        unique.set(JSON.stringify(pair), [...pair, element.outerHTML.slice(0, 160)]);
    });
    return [...unique.values()];
}"""


class Palette:
    """The names of colours by how Chromium computes them, light and dark."""

    def __init__(self):
        self.names = {tuple(map(self.rounded, pair)): name for name, pair in contrast.named().items()}

    @staticmethod
    def rounded(color) -> tuple:
        return tuple(round(part * 255) for part in color[:3]) + (round(color[3], 2),)

    def name(self, light: str, dark: str) -> str:
        pair = self.rounded(contrast.color(light, "light")), self.rounded(contrast.color(dark, "dark"))
        return self.names.get(pair) or f"{light} / {dark}, which is in no style sheet"

    def ground(self, layers) -> str:
        return " on ".join(self.name(*layer) for layer in layers)


POINTED_AT = "a, button, summary, input, textarea, select, label, .row, [tabindex]"
# One of each kind is enough: those with the same classes, in elements with the same classes.
KINDS = """selector => {
    const seen = new Set();
    return [...document.querySelectorAll(selector)].flatMap((element, index) => {
        const path = [];
        for (let part = element; part; part = part.parentElement) path.push(part.tagName + part.className + part.ariaCurrent);
        if (seen.has(path.join()) || !element.checkVisibility()) return [];
        seen.add(path.join());
        return [index];
    });
}"""


def forces(page, *states: str):
    """Forces these states on interactive elements, as Chromium's inspector does."""
    tools = page.context.new_cdp_session(page)
    tools.send("DOM.enable")
    tools.send("CSS.enable")
    root = tools.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
    nodes = tools.send("DOM.querySelectorAll", {"nodeId": root, "selector": POINTED_AT})["nodeIds"]
    for index in page.evaluate(KINDS, POINTED_AT):
        try:
            tools.send("CSS.forcePseudoState", {"nodeId": nodes[index], "forcedPseudoClasses": list(states)})
        except Error as error:
            # A page may still be replacing a part of itself.
            assert "Could not find node" in error.message
    return tools


def pairs_on(page, palette) -> dict[tuple[str, str, str], str]:
    """The pairs of a page at rest, under the pointer and in focus, each with an element that has it."""
    found = page.evaluate(COLLECT, False)
    tools = forces(page, "hover")
    found += page.evaluate(COLLECT, False)
    tools.detach()
    tools = forces(page, "focus", "focus-visible")
    found += page.evaluate(COLLECT, True)
    tools.detach()
    return {(use, palette.name(*color), palette.ground(layers)): html for use, color, layers, html in found}


# It walks for minutes, so it is in `make slow`, with the other looks.
if os.environ.get("EVERY_LOOK"):
    @pytest.mark.timeout(900)
    def test_the_table_has_all_pairs_that_are_in_use_and_no_others(server, open_page):
        palette = Palette()
        used = {}
        for show in PAGES:
            page = open_page(reduced_motion="reduce", viewport={"width": 1280, "height": 800})
            show(page, server.newcomer("alice"))
            used |= {pair: f"{show.__name__}: {html}" for pair, html in pairs_on(page, palette).items()}
            page.context.close()
        known = set(contrast.pairs())
        missing = [f"{pair}: {html}" for pair, html in used.items() if pair not in known]
        unused = [str(pair) for pair in known - set(used)]
        assert missing + unused == [], "\n".join(
            ["Not in PAIRS of contrast.py:", *missing, "In PAIRS, and on no page:", *unused])


@pytest.mark.parametrize("use, color, ground", contrast.pairs(), ids=lambda part: part.replace(" ", "-"))
def test_everything_contrasts_with_its_background(use, color, ground):
    assert min(contrast.ratios(color, ground)) >= contrast.LEAST[use]


def test_the_document_has_the_table_as_it_is():
    assert contrast.table() in (ASSETS / "docs/pages.md").read_text()


@pytest.mark.parametrize("text, ground, ratio", [
    # Known answers: black on white, and the examples of W3C's Understanding documents and of WebAIM.
    ("#000", "#fff", 21), ("#fff", "#fff", 1), ("#777777", "#ffffff", 4.48), ("#767676", "#ffffff", 4.54),
    ("#0000ff", "#ffffff", 8.59), ("rgb(0 0 0 / .5)", "#ffffff", 3.98),
    ("color-mix(in srgb, #000000 50%, transparent)", "#ffffff", 3.98)])
def test_contrast_is_computed_as_wcag_says(text, ground, ratio):
    found = contrast.contrast(contrast.color(text, "light"), contrast.color(ground, "light"))
    assert found == pytest.approx(ratio, abs=0.01)
