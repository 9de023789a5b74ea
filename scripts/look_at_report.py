#!/usr/bin/env python3
"""Opens a report in headless Chromium and checks its rendering.

    scripts/look_at_report.py REPORT.html [--shots DIR] [--width N]

In light and dark mode, on a desktop and on a phone: errors and warnings of the console (violations of the page's
security policy are among them), network requests, pictures that do not load, a page wider than its window. Then
it moves the slider and the pointer over the charts. --shots DIR saves screenshots.

Exit 0: no problem; 1: problems are printed; 77: no Chromium (apt-get install chromium).
Uses the DevTools protocol over a pipe; needs nothing but Python and Chromium.
"""
import argparse
import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

VIEWS = [  # name, width, colours, phone
    ("light", 1280, "light", False),
    ("dark", 1280, "dark", False),
    ("phone", 390, "light", True),
    ("phone-dark", 390, "dark", True),
]

# Runs in the page; returns a list of problems.
EXAMINE = """(async () => {
    const problems = [];
    await new Promise(done => setTimeout(done, 200));
    for (const img of document.images)
        if (img.src && !(img.complete && img.naturalWidth > 0))
            problems.push("a picture does not load: " + img.alt);
    const over = document.documentElement.scrollWidth - window.innerWidth;
    if (over > 0) problems.push("the page is " + over + " px wider than the window");
    for (const label of document.querySelectorAll(".frame text")) {
        const at = label.getBoundingClientRect();
        if (at.left < 0 || at.right > window.innerWidth)
            problems.push("a label is cut off: " + label.textContent);
    }
    const slider = document.querySelector(".controls:not([hidden]) input");
    if (slider) {
        const shown = () => document.querySelector(".stage img").src;
        const last = shown();
        slider.value = 0;
        slider.dispatchEvent(new Event("input"));
        if (shown() === last) problems.push("the slider does not change the picture");
        slider.value = slider.max;
        slider.dispatchEvent(new Event("input"));
        if (shown() !== last) problems.push("the slider does not go back");
    }
    for (const chart of document.querySelectorAll(".chart")) {
        const plot = chart.querySelector(".plot"), at = plot.getBoundingClientRect();
        const name = chart.querySelector(".name"), before = name.textContent;
        const event = kind => new PointerEvent(kind, {clientX: at.left + at.width / 2, clientY: at.top + 9});
        plot.dispatchEvent(event("pointermove"));
        if (name.textContent === before) problems.push("no values at the pointer: " + before);
        if (/NaN|undefined|Infinity/.test(chart.textContent)) problems.push("invalid number: " + chart.textContent);
        plot.dispatchEvent(event("pointerleave"));
        if (name.textContent !== before) problems.push("values remain after the pointer left");
    }
    return problems;
})()"""


class Browser:
    """Chromium controlled over a pair of pipes; messages are NUL-terminated JSON."""

    def __init__(self, program, profile):
        to_us, from_it = os.pipe()
        from_us, to_it = os.pipe()
        arguments = [program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                     "--remote-debugging-pipe", f"--user-data-dir={profile}", "about:blank"]

        def redirect():  # Chromium reads descriptor 3 and writes descriptor 4
            spare_in, spare_out = os.dup(from_us), os.dup(from_it)
            os.dup2(spare_in, 3)
            os.dup2(spare_out, 4)

        self.process = subprocess.Popen(arguments, preexec_fn=redirect, close_fds=False,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(from_us)
        os.close(from_it)
        self.write, self.read = to_it, to_us
        self.rest, self.number, self.session, self.events = b"", 0, None, []

    def receive(self):
        while b"\0" not in self.rest:
            more = os.read(self.read, 1 << 20)
            if not more:
                sys.exit("Chromium exited unexpectedly")
            self.rest += more
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    sys.exit(f"Chromium: {method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def wait_for(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.receive())

    def close(self):
        """Closes it cleanly; its helpers may write to the profile for a moment longer."""
        self.session = None
        try:
            self.call("Browser.close")
            self.process.wait(timeout=20)
        except (SystemExit, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()


def problems_of(events, page):
    """Errors, warnings and requests that the browser reported."""
    for event in events:
        method, p = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            detail = p["exceptionDetails"]
            yield "exception: " + detail.get("exception", {}).get("description", detail["text"])
        elif method == "Runtime.consoleAPICalled" and p["type"] in ("error", "warning", "assert"):
            yield "console: " + " ".join(str(a.get("value")) for a in p["args"])
        elif method == "Log.entryAdded" and p["entry"]["level"] in ("error", "warning"):
            yield "log: " + p["entry"]["text"]
        elif method == "Network.requestWillBeSent":
            url = p["request"]["url"]
            if url != page and not url.startswith("data:"):
                yield "request: " + url
        elif method == "Page.javascriptDialogOpening":
            yield "dialog: " + p["message"]


def check(browser, page, name, width, colours, phone, shots):
    browser.session = None
    target = browser.call("Target.createTarget", url="about:blank")["targetId"]
    browser.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    for domain in ("Page", "Runtime", "Log", "Network"):
        browser.call(domain + ".enable")
    browser.call("Emulation.setDeviceMetricsOverride", width=width, height=844 if phone else 900,
                 deviceScaleFactor=2 if phone else 1, mobile=phone)
    browser.call("Emulation.setEmulatedMedia",
                 features=[{"name": "prefers-color-scheme", "value": colours}])
    browser.events.clear()
    browser.call("Page.navigate", url=page)
    browser.wait_for("Page.loadEventFired")
    found = browser.call("Runtime.evaluate", expression=EXAMINE, awaitPromise=True, returnByValue=True)
    problems = found["result"].get("value") or []
    if "exceptionDetails" in found:
        problems.append("in the check: " + json.dumps(found["exceptionDetails"]))
    problems += problems_of(browser.events, page)
    if shots:
        for part, whole in (("", True), ("-top", False)):
            image = browser.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
            (shots / f"{name}{part}.png").write_bytes(base64.b64decode(image["data"]))
    browser.call("Page.close")
    return [f"{name}: {line}" for line in problems]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("report", type=pathlib.Path)
    parser.add_argument("--shots", type=pathlib.Path, help="folder for screenshots")
    parser.add_argument("--width", type=int, default=1280, help="of the desktop window")
    options = parser.parse_args()
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not program:
        print("skipped: no Chromium (apt-get install chromium)")
        return 77
    if options.shots:
        options.shots.mkdir(parents=True, exist_ok=True)
    problems = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(program, profile)
        try:
            for name, width, colours, phone in VIEWS:
                problems += check(browser, options.report.resolve().as_uri(), name,
                              width if phone else options.width, colours, phone, options.shots)
        finally:
            browser.close()
    print("\n".join(problems) or f"{options.report}: {len(VIEWS)} views, no problem found")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
