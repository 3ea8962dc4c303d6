"""Headless Chromium through chromedriver, spoken to in plain HTTP."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--force-color-profile=srgb", "--hide-scrollbars",
)  # fmt: skip

PATIENCE = 60.0
"""Seconds to wait for a process that is starting, on a busy machine."""


def absent() -> str | None:
    """What is not installed, in a sentence; None if nothing is missing."""
    missing = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    if not missing:
        return None
    return f"{' and '.join(missing)} not found; install Debian's chromium and chromium-driver"


class Browser:
    """One window of a phone or a desk."""

    def __init__(self, address: str, width: int, dark: bool, profile: Path) -> None:
        options = {
            "args": [*FLAGS, f"--user-data-dir={profile}"],
            "mobileEmulation": {
                "deviceMetrics": {"width": width, "height": 900, "pixelRatio": 1.0, "mobile": False}
            },
        }
        capabilities = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        session = _call(
            "POST", f"{address}/session", {"capabilities": {"alwaysMatch": capabilities}}
        )
        self.at = f"{address}/session/{session['sessionId']}"
        self.width = width
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.tools("Emulation.setEmulatedMedia", {"features": [scheme]})

    def open(self, url: str) -> None:
        _call("POST", f"{self.at}/url", {"url": url})

    def run(self, script: str) -> Any:
        return _call("POST", f"{self.at}/execute/sync", {"script": script, "args": []})

    def tools(self, command: str, parameters: dict[str, Any]) -> Any:
        """A command of the DevTools protocol."""
        body = {"cmd": command, "params": parameters}
        return _call("POST", f"{self.at}/goog/cdp/execute", body)

    def complaints(self) -> list[str]:
        """What the console said since it was last asked."""
        entries = _call("POST", f"{self.at}/se/log", {"type": "browser"})
        return [line["message"] for line in entries]

    def picture(self, path: Path, height: int | None = None) -> None:
        """The whole page as PNG, or its first `height` pixels."""
        whole = self.run("return document.documentElement.scrollHeight")
        size = {"width": self.width, "height": min(height or whole, 16000)}
        self.tools(
            "Emulation.setDeviceMetricsOverride", {**size, "deviceScaleFactor": 1, "mobile": False}
        )
        shot = self.tools("Page.captureScreenshot", {"captureBeyondViewport": True})
        path.write_bytes(base64.b64decode(shot["data"]))

    def close(self) -> None:
        _call("DELETE", self.at)


@contextmanager
def driver() -> Iterator[str]:
    """The address of a chromedriver that ends with the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(["chromedriver", f"--port={port}"], **quiet) as process:  # type: ignore[call-overload]
        try:
            yield _ready(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()


@contextmanager
def window(address: str, width: int, profile: Path, *, dark: bool = False) -> Iterator[Browser]:
    browser = Browser(address, width, dark, profile)
    try:
        yield browser
    finally:
        browser.close()


def _ready(address: str) -> str:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if _call("GET", f"{address}/status")["ready"]:
                return address
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise TimeoutError(f"chromedriver at {address} did not start")


def _call(method: str, url: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method)
    request.add_header("Content-Type", "application/json")
    # No proxy: the driver is on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=120) as answer:
            return json.loads(answer.read())["value"]
    except urllib.error.HTTPError as error:
        raise RuntimeError(error.read().decode(errors="replace")[:600]) from None
