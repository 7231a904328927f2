"""Where things are."""

import os
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parents[1]
REPOSITORY = BENCHMARKS.parent
BUILD = REPOSITORY / ".build"
TOOLS = BUILD / "bench-tools"
VENV = BUILD / "bench-venv"
TEMPLATES = BENCHMARKS / "templates"
TEMPLATE_BENCH = TEMPLATES / ".build/release/Bench"
RESULTS = BENCHMARKS / "results/latest.md"
LATCHKEY = Path(os.environ.get("LATCHKEY_BINARY") or BUILD / "release/latchkey").resolve()
