#!/usr/bin/env python3
"""Latchkey measured beside others: `make bench`, or parts of it.

    bench.py                  everything, in about 50 minutes; the table goes to results/latest.md,
                              and as a drawing to docs/images/benchmarks.svg
    bench.py --only a,b       some measures; the table is printed only
    bench.py --check          whether all servers give the right answers
    bench.py --against DIR    processor time beside an older release build in another checkout; printed only
    BENCH_QUICK=1 bench.py    shorter and coarser
"""

import argparse
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import draw
from harness import idle, report, setup, versions
from harness.check import check
from harness.measures import Bench, Plan
from harness.places import RESULTS

MEASURES = "abcefdgijhklmno"
"""In this order, so that those which use the same servers follow each other."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="a,b", default="", help="only these measures, a to o")
    parser.add_argument("--check", action="store_true", help="only check that all servers give the right answers")
    parser.add_argument("--against", metavar="DIR", type=Path, help="only compare with the release build in DIR")
    options = parser.parse_args()
    only = [name.strip() for name in options.only.split(",") if name.strip()]
    if unknown := [name for name in only if name not in MEASURES or len(name) > 1]:
        parser.error(f"no measure is called {', '.join(unknown)}; they are a to o")

    # A signal ends the run like an error does, so that everything is stopped.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    idle.allow_many_files()
    measures = [name for name in MEASURES if not only or name in only]
    setup.install(with_templates="i" in measures and not (options.check or options.against))
    quick = os.environ.get("BENCH_QUICK", "") not in ("", "0")
    about = report.machine()
    print(about, flush=True)
    bench = Bench(Plan.quick() if quick else Plan(), lambda text: print(text, flush=True))
    try:
        if options.check:
            check(bench)
            return 0
        if options.against:
            text, is_within = versions.compare(bench, options.against.resolve())
            print(f"\n{text}")
            return 0 if is_within else 1
        for name in measures:
            print(f"  ({name})", flush=True)
            getattr(bench, name)()
        bench.rows.sort(key=lambda row: row.key[0])
        text = report.markdown(bench, "Quick run" if quick else "Full run", about)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    finally:
        bench.close()
    print(f"\n{text}")
    if not only:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(text)
        print(f"Written to {RESULTS}")
        draw.draw(RESULTS, draw.DRAWING)
        print(f"Drawn in {draw.DRAWING}")
    ours = [cell for row in bench.rows for title, cell in row.cells.items() if title.startswith("Latchkey")]
    return 1 if any(figure.failures for figure in ours) else 0


if __name__ == "__main__":
    sys.exit(main())
