"""The drawing of the benchmarks' table: from the saved results of a run, none of which is made here."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

REPOSITORY = Path(__file__).resolve().parents[2]
DRAW = REPOSITORY / "Benchmarks" / "draw.py"
NAMESPACE = {"svg": "http://www.w3.org/2000/svg"}

SAMPLE = """# The last run

2026-11-21, Latchkey abc, 2 cores, A & B, 24 GiB, kernel 6. Load before the run: 0.87. **Busy.** Full run.

| | Latchkey | nginx, static | Fast <Python> |
|---|---|---|---|
| (a) GET 20 own tasks | 48,270/s<br>p50 1.2 ms<br>**25.5 µs**<br>2.41 × | **10.6 µs** | **1,020.0 µs**<br>FAILED: 3 answers |
| (c) Sign in | 9.6/s<br>**205.0 ms**<br>0.99 × | – | **410.0 ms** |
| (d) While others sign in | p50 144 µs | – | **7.0 µs** |
| (h) Memory | 11.5 MiB | 22.4 MiB | – |

| What must be shown | Target | Figure | |
|---|---|---|---|
| 1 | ≤ 5 × | **2.41 µs** | met |
"""


def draws(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, DRAW, *arguments], capture_output=True, text=True, timeout=60)


def test_processor_times_become_bars_with_a_scale_for_each_row(tmp_path):
    (tmp_path / "results.md").write_text(SAMPLE)
    drawn = draws(tmp_path / "results.md", tmp_path / "drawing.svg")
    assert drawn.returncode == 0, drawn.stderr
    root = ElementTree.parse(tmp_path / "drawing.svg").getroot()
    bars = root.findall("svg:rect", NAMESPACE)
    # Rows without times to compare, and the second table, are left out.
    assert [bar.get("class") for bar in bars] == ["bar ours", "bar", "bar", "bar ours", "bar"]
    widths = [float(bar.get("width")) for bar in bars]
    assert widths[2] == widths[4] == max(widths) and abs(widths[3] - widths[4] / 2) < 0.2
    assert abs(widths[0] - widths[2] * 25.5 / 1020) < 0.2
    texts = [text.text for text in root.findall("svg:text", NAMESPACE)]
    assert "1,020.0 µs (failed)" in texts and "Fast <Python>" in texts and "205.0 ms" in texts
    assert "2026-11-21, Latchkey abc, 2 cores, A & B, 24 GiB" in texts
    assert root.get("role") == "img" and "(c) Sign in: Latchkey 205.0 ms" in root.find("svg:desc", NAMESPACE).text
    height = float(root.get("height"))
    assert all(float(bar.get("y")) + float(bar.get("height")) < height for bar in bars)
    assert all(float(bar.get("x")) + float(bar.get("width")) < float(root.get("width")) for bar in bars)


def test_the_saved_results_of_the_last_run_can_be_drawn(tmp_path):
    drawn = draws(REPOSITORY / "Benchmarks" / "results" / "latest.md", tmp_path / "drawing.svg")
    assert drawn.returncode == 0, drawn.stderr
    assert len(ElementTree.parse(tmp_path / "drawing.svg").getroot().findall("svg:rect", NAMESPACE)) > 20


def test_a_file_without_a_table_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "results.md").write_text("# The last run\n\nNothing.\n")
    drawn = draws(tmp_path / "results.md", tmp_path / "drawing.svg")
    assert (drawn.returncode, drawn.stderr) == (1, "There is no table in the results.\n")
    assert not (tmp_path / "drawing.svg").exists()
