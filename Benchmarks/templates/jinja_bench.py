"""jinja_bench.py VALUES [SECONDS]: renders the sample page with Jinja2, as `bench` does it with the others.

VALUES is the sample's values as JSON. Without SECONDS the page is printed.
"""

import json
import sys
import time
from pathlib import Path

import jinja2

text = (Path(__file__).parent / "pages" / "dashboard.jinja").read_text()
template = jinja2.Environment(autoescape=True).from_string(text)
values = json.loads(Path(sys.argv[1]).read_text())
if len(sys.argv) == 2:
    print(template.render(values), end="")
    raise SystemExit
size = len(template.render(values).encode())
seconds = float(sys.argv[2])
began, cpu_began, count = time.perf_counter(), time.process_time(), 0
while (elapsed := time.perf_counter() - began) < seconds:
    for _ in range(10):
        assert len(template.render(values).encode()) == size
    count += 10
cpu = (time.process_time() - cpu_began) / count * 1e6
print(json.dumps({"rate": count / elapsed, "count": count, "cpu": cpu, "bytes": size}))
