#!/usr/bin/env python3
"""Watches a report that reloads itself, as a reader in a browser does.

    watch_report.py RUNNING.html FINAL.html

Scrolls, moves the slider, opens a part, and waits for reloads: the page must look as before. While the pointer
moves, it must not reload; nor once it is the page of a run that has ended. Exit 77: no Chromium.
"""
import pathlib
import shutil
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "scripts"))
import look_at_report  # noqa: E402

LOOK = """({marked: window.mark === 1, top: Math.round(scrollY), shown: document.querySelector("output").textContent,
    open: document.querySelector("details").open, running: !!document.querySelector(".running")})"""


class Page:
    def __init__(self, browser, path):
        self.browser = browser
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        browser.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            browser.call(domain + ".enable")
        browser.call("Page.navigate", url=path.as_uri())
        browser.wait_for("Page.loadEventFired")

    def run(self, code):
        return self.browser.call("Runtime.evaluate", expression=code, returnByValue=True)["result"].get("value")

    def wait_for_reload(self, seconds):
        """What the page shows after its next reload; None: there was none."""
        self.run("window.mark = 1")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(0.1)
            now = self.run(LOOK)
            if now and not now["marked"]:
                return now
        return None


def main():
    running, final = (pathlib.Path(p).read_text(encoding="utf-8") for p in sys.argv[1:])
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not program:
        return 77
    assert 'data-wait="10"' in running and "class=\"running\"" not in final
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = pathlib.Path(folder, "report.html")
        path.write_text(running.replace('data-wait="10"', 'data-wait="0.5"'), encoding="utf-8")
        browser = look_at_report.Browser(program, folder + "/profile")
        try:
            page = Page(browser, path)
            page.run("""{
                document.querySelector("details").open = true;
                const slider = document.querySelector(".controls input");
                slider.value = 1;
                slider.dispatchEvent(new Event("input"));
                scrollTo(0, 700);
            }""")
            before = page.run(LOOK)
            assert before["running"] and before["open"] and before["shown"] == "epoch 2", before
            for _ in range(2):
                after = page.wait_for_reload(10)
                assert after == before, (before, after)
            page.run("""setInterval(() => dispatchEvent(new Event("pointermove")), 200)""")
            assert page.wait_for_reload(4) is None, "reloaded while the pointer moved"
            page.run("location.reload()")  # ends the movement
            time.sleep(0.5)
            path.write_text(final, encoding="utf-8")
            after = page.wait_for_reload(10)
            assert after and not after["running"], after
            assert page.wait_for_reload(4) is None, "reloaded after the end"
            problems = list(look_at_report.problems_of(browser.events, path.as_uri()))
            assert not problems, problems
        finally:
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
