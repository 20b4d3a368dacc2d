"""The host goes and comes back: the page says so, never shows old things as fresh, and goes on by itself."""

import signal
import unittest

from scene import Scene


class Connection(Scene):
    def test_a_lost_connection_is_told_and_mended_without_a_login(self):
        self.browser.shows("Live", ".link-state")
        self.status("ticker", "running")
        self.project.stop(signal.SIGKILL)
        self.browser.shows("Not connected", ".link-state")
        self.browser.shows("What is shown is from", ".banner")
        self.assertEqual("?", self.browser.text(self.row("ticker", ".next")), "not known now")
        self.assertIn("grayscale", self.browser.run("getComputedStyle(document.querySelector('.live')).filter"))
        self.project.script("afterwards", "return { every = 1, run_step = function() end }")
        self.project.start()
        self.browser.shows("Live", ".link-state")
        self.status("afterwards", "running")
        self.assertFalse(self.browser.run("document.querySelector('.banner').checkVisibility()"))
        self.assertEqual("none", self.browser.run("getComputedStyle(document.querySelector('.live')).filter"))
        before = self.browser.text(self.row("ticker", ".activity"))
        self.browser.wait("news of ticker", f"{self.cell('ticker', '.activity')}.innerText !== '{before}'")

    def test_a_log_goes_on_after_a_restart_of_the_host_without_a_gap(self):
        self.go("#/daemons/ticker")
        self.browser.shows("tick", ".log")
        self.project.stop()
        self.browser.shows("Not connected", ".link-state")
        ids = "[...document.querySelectorAll('.log-line')].map((each) => Number(each.dataset.id))"
        last = self.browser.run(f"{ids}.at(-1)")
        self.project.start()
        self.browser.wait("later lines", f"{ids}.at(-1) > {last + 5}")
        shown = self.browser.run(f"{ids}.filter((id) => id > {last})")
        self.assertEqual(self.project.log("ticker", last, shown[-1]), shown)


if __name__ == "__main__":
    unittest.main()
