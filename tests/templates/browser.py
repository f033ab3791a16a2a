"""A headless Chromium spoken to over a pipe: pages at a width, in light or dark, with what they logged and asked for.

The DevTools protocol runs over two inherited pipes (`--remote-debugging-pipe`), so no port is opened and no client
library is needed. Where there is no Chromium the tests fail and say what to install; they are never skipped.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-pipe",
)  # fmt: skip
PLUG = """import os, sys
for plug, fd in enumerate(map(int, sys.argv[1:3]), 50): os.dup2(fd, plug)
os.dup2(50, 3); os.dup2(51, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
PATIENCE_S = 60


@dataclass
class Seen:
    """What a page did while it was open."""

    scroll_width: int = 0
    log: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


class Browser:
    """One Chromium process with one tab."""

    def __init__(self) -> None:
        program = next((found for name in NAMES if (found := shutil.which(name))), None)
        assert program, "these tests look at pages in Chromium: install it (Debian: `apt-get install chromium`; .ci/run does)"
        self.profile = tempfile.TemporaryDirectory(prefix="rooftree-chromium-", ignore_cleanup_errors=True)
        to_browser, self.write_end = os.pipe()
        self.read_end, from_browser = os.pipe()
        # The protocol's pipes must be descriptors 3 and 4 of the browser; a small Python puts them there and becomes it.
        command = [sys.executable, "-c", PLUG, str(to_browser), str(from_browser), program, *FLAGS]
        command += [f"--user-data-dir={self.profile.name}", "about:blank"]
        self.process = subprocess.Popen(
            command, pass_fds=(to_browser, from_browser), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(to_browser)
        os.close(from_browser)
        self.buffer, self.number, self.session = b"", 0, ""
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def close(self) -> None:
        """End the process and forget its profile."""
        self.process.terminate()
        self.process.wait(timeout=PATIENCE_S)
        os.close(self.write_end)
        os.close(self.read_end)
        self.profile.cleanup()

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of the protocol and its result."""
        self.number += 1
        message: dict[str, Any] = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write_end, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self.number:
                assert "error" not in answer, f"{method}: {answer.get('error')}"
                return answer.get("result", {})
            self.events.append(answer)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.read_end], [], [], PATIENCE_S)
            assert ready, "Chromium did not answer"
            chunk = os.read(self.read_end, 1 << 20)
            assert chunk, "Chromium ended; run it by hand with --headless to see why"
            self.buffer += chunk
        first, self.buffer = self.buffer.split(b"\0", 1)
        return dict(json.loads(first))

    def open(self, path: Path, width: int = 1200, dark: bool = False, height: int = 900) -> Seen:
        """Load a file at a width; what it logged, what it asked for, and how wide it wants to be."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call(
            "Emulation.setEmulatedMedia", media="screen", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        )
        self.events.clear()
        self.call("Page.navigate", url=path.as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self._next())
        seen = Seen(int(self.run("document.documentElement.scrollWidth")))
        for event in self.events:
            method, params = event.get("method"), event.get("params", {})
            if method == "Log.entryAdded":
                seen.log.append(params["entry"]["text"])
            elif method == "Runtime.exceptionThrown":
                seen.log.append(params["exceptionDetails"]["text"])
            elif method == "Runtime.consoleAPICalled":
                seen.log.append(str(params["args"]))
            elif method == "Network.requestWillBeSent":
                seen.requests.append(params["request"]["url"])
        return seen

    def run(self, script: str) -> Any:
        """The value of a JavaScript expression in the page."""
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result.get("exceptionDetails")
        return result["result"].get("value")

    def picture(self, whole: bool = True) -> bytes:
        """The page as PNG, in its full height."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"])

    def printed(self, width_in: float = 8.5, height_in: float = 11.0) -> bytes:
        """The page as PDF, as a person would print it."""
        return base64.b64decode(
            self.call("Page.printToPDF", paperWidth=width_in, paperHeight=height_in, printBackground=True, preferCSSPageSize=False)["data"]
        )
