#!/usr/bin/env python3
"""Opens reports in headless Chromium and fails if one logs an error or asks for anything but itself.

    tools/report_screenshots.py [--out FOLDER] [--height PIXELS] NAME=REPORT.html ...

Each report is opened at 1280 and 400 px, light and dark, as a page of the file system; with --out there is a PNG of each
(NAME-1280-light.png ...), made small by pngquant if that is installed. Also looked at, for each report: that charts are
drawn, that nothing is wider than the screen, that all numbers are there without JavaScript, and that what comes from
data has not become markup. Needs chromium (Debian: apt-get install chromium) and nothing else: it is controlled by
DevTools' protocol through a pipe.
"""

import argparse
import base64
import fcntl
import json
import os
import pathlib
import select
import shutil
import subprocess
import sys
import tempfile
import time

BROWSERS = ["chromium", "chromium-browser", "google-chrome"]
SIZES = [(1280, "light"), (1280, "dark"), (400, "light"), (400, "dark")]

CHECK = """
(() => ({
  charts: document.querySelectorAll('.plot-area canvas').length,
  visible: Array.from(document.querySelectorAll('.plot-area')).filter(a => a.clientWidth > 0).length,
  width: document.documentElement.scrollWidth,
  scripts: document.querySelectorAll('script').length,
  rows: document.querySelectorAll('tbody tr:not(.u-series)').length,
  images: document.querySelectorAll('img, iframe, object, embed, link').length
}))()
"""


def above(least, descriptor):
    """The same file under a number that the browser's own do not meet."""
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, least + 1)
    os.close(descriptor)
    return moved


class Browser:
    """Chromium behind a pipe; file descriptors 3 and 4 are its own ends."""

    def __init__(self, binary):
        self.profile = tempfile.mkdtemp()
        to_browser, self.writing = os.pipe()
        self.reading, from_browser = os.pipe()
        self.writing, self.reading = above(9, self.writing), above(9, self.reading)
        os.dup2(above(9, to_browser), 8)
        os.dup2(above(9, from_browser), 9)
        command = [
            binary, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
            "--disable-dev-shm-usage", "--remote-debugging-pipe", "--user-data-dir=" + self.profile, "about:blank"]
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", 'exec "$@" 3<&8 4>&9 8<&- 9>&-', "browser"] + command, pass_fds=[8, 9], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(8)
        os.close(9)
        self.buffer = b""
        self.number = 0
        self.events = []
        target = self.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        self.session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        for domain in ["Page", "Runtime", "Log", "Network"]:
            self.page(domain + ".enable")

    def receive(self, seconds=60):
        end = time.time() + seconds
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.reading], [], [], max(0, end - time.time()))
            if not ready:
                raise TimeoutError("Chromium did not answer in %d s" % seconds)
            part = os.read(self.reading, 1 << 20)
            if not part:
                raise RuntimeError("Chromium has ended; does it start with --headless=new --no-sandbox?")
            self.buffer += part
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, params=None, session=None):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params or {}}
        if session:
            message["sessionId"] = session
        os.write(self.writing, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(method + ": " + answer["error"]["message"])
                return answer["result"]
            self.events.append(answer)

    def page(self, method, **params):
        return self.call(method, params, self.session)

    def value(self, expression):
        return self.page("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def open(self, url, width, scheme, script=True):
        """Gives what went wrong, and the requests that were made."""
        self.events.clear()
        self.page("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600)
        self.page("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.page("Emulation.setScriptExecutionDisabled", value=not script)
        self.page("Page.navigate", url=url)
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self.receive())
        time.sleep(0.3)  # what scripts start late
        self.value("0")
        errors, requests = [], []
        for event in self.events:
            params = event.get("params", {})
            if event.get("method") == "Runtime.exceptionThrown":
                errors.append(params["exceptionDetails"].get("exception", {}).get("description", "exception"))
            elif event.get("method") == "Runtime.consoleAPICalled":
                errors.append("console: " + str([a.get("value") for a in params["args"]]))
            elif event.get("method") == "Log.entryAdded":
                errors.append(params["entry"]["text"])
            elif event.get("method") == "Network.requestWillBeSent":
                requests.append(params["request"]["url"])
            elif event.get("method") == "Page.javascriptDialogOpening":
                errors.append("a dialog: " + params["message"])
        return errors, requests

    def close(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)


def picture(browser, file, width, height):
    full = browser.page("Page.getLayoutMetrics")["cssContentSize"]["height"]
    clip = {"x": 0, "y": 0, "width": width, "height": min(full, height), "scale": 1}
    shot = browser.page("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
    file.write_bytes(base64.b64decode(shot["data"]))
    if shutil.which("pngquant"):
        subprocess.run(["pngquant", "--force", "--skip-if-larger", "--strip", "--output", str(file), "128", str(file)])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, help="folder for PNGs; none are made without it")
    parser.add_argument("--height", type=int, default=1700, help="pixels of a picture at most")
    parser.add_argument("reports", nargs="+", metavar="NAME=REPORT.html")
    args = parser.parse_args()
    binary = next(filter(None, map(shutil.which, BROWSERS)), None)
    if binary is None:
        sys.exit("there is no " + " or ".join(BROWSERS) + " on the PATH; apt-get install chromium")
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
    browser = Browser(binary)
    wrong = []
    try:
        for report in args.reports:
            name, path = report.split("=", 1)
            url = pathlib.Path(path).resolve().as_uri()
            rows = 0
            for width, scheme in SIZES:
                where = "%s at %d px, %s: " % (name, width, scheme)
                errors, requests = browser.open(url, width, scheme)
                wrong += [where + error for error in errors]
                wrong += [where + "a request to " + request for request in requests if request != url]
                seen = browser.value(CHECK)
                rows = seen["rows"]
                if seen["charts"] == 0 or seen["charts"] != seen["visible"]:
                    wrong.append(where + "%(charts)d of %(visible)d charts are drawn" % seen)
                if seen["width"] > width:
                    wrong.append(where + "the page is %(width)d px wide" % seen)
                if seen["scripts"] != 2 or seen["images"] != 0:
                    wrong.append(where + "there is markup that no template has: %s" % seen)
                if args.out:
                    picture(browser, args.out / ("%s-%d-%s.png" % (name, width, scheme)), width, args.height)
            browser.open(url, 1280, "light", script=False)
            plain = browser.page("DOM.getDocument", depth=-1)
            bare = json.dumps(plain).count('"nodeName": "TR"')
            if bare < rows:
                wrong.append("%s has %d rows with JavaScript and %d without" % (name, rows, bare))
            print("%s: %d rows, opened in %d ways" % (name, rows, len(SIZES) + 1))
    finally:
        browser.close()
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
