"""Firefox for Playwright: a program that starts Firefox and passes messages between the two, apart from
the one command that Debian's Firefox does not know yet."""

import json
import re
import subprocess
import sys
import threading

from websockets.sync.client import connect
from websockets.sync.server import serve

UNKNOWN = "emulation.setMediaFeaturesOverride"
"""Chooses the colours of a page, which no test in Firefox depends on."""
ADDRESS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")


def pass_on(url: str, playwright) -> None:
    with connect(url + playwright.request.path, max_size=None) as firefox:

        def answers() -> None:
            for message in firefox:
                playwright.send(message)
            playwright.close()

        threading.Thread(target=answers, daemon=True).start()
        for message in playwright:
            command = json.loads(message)
            if command["method"] == UNKNOWN:
                playwright.send(json.dumps({"type": "success", "id": command["id"], "result": {}}))
            else:
                firefox.send(message)


def main() -> int:
    process = subprocess.Popen(["firefox-esr", *sys.argv[1:]], stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if found := ADDRESS.search(line):
            server = serve(lambda playwright: pass_on(found.group(1), playwright), "127.0.0.1", 0, max_size=None)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            line = f"WebDriver BiDi listening on ws://127.0.0.1:{server.socket.getsockname()[1]}\n"
        sys.stderr.write(line)
        sys.stderr.flush()
    return process.wait()


if __name__ == "__main__":
    sys.exit(main())
