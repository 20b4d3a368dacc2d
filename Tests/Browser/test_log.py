"""The log: live, paused without loss, from error to error, and quick with a million lines behind it."""

import os
import sqlite3
import time
import unittest

from scene import Scene

LINES = 1_000_000 if os.environ.get("LUNAD_TORTURE") else 300_000
IDS = "[...document.querySelectorAll('.log-line')].map((each) => Number(each.dataset.id))"


class Log(Scene):
    """A log of several hundred thousand lines, an error in each hundred thousand."""

    @classmethod
    def prepare(cls):
        with open(os.path.join(cls.project.folder, "lunad.lua"), "w", encoding="utf-8") as file:
            file.write("return { log = { keep_rows = 3000000, keep_days = 36500 } }\n")
        cls.project.start()
        cls.project.stop()
        database = sqlite3.connect(os.path.join(cls.project.folder, "var", "lunad.db"))
        cls.first = database.execute("SELECT ifnull(max(id), 0) + 1 FROM daemon_logs").fetchone()[0]
        database.executemany(
            "INSERT INTO daemon_logs (id, at, daemon, level, message)"
            " VALUES (?, '2026-01-31T12:00:00.000Z', 'ticker', ?, ?)",
            ((cls.first + at, "error" if at % 100_000 == 50_000 else "info", f"old line {at}") for at in range(LINES)))
        database.commit()
        database.close()

    def setUp(self):
        super().setUp()
        self.go("#/daemons/ticker/log")
        self.browser.shows("tick", ".log")

    def shown(self):
        return self.browser.run(IDS)

    def assert_no_gap(self, ids):
        self.assertEqual(self.project.log("ticker", ids[0] - 1, ids[-1]), ids)

    def test_the_tail_is_live_with_all_those_lines_behind_it(self):
        began = time.monotonic()
        self.browser.open(f"{self.project.address}#/daemons/ticker/log")
        self.browser.shows("tick", ".log")
        self.assertLess(time.monotonic() - began, 5)
        last = self.shown()[-1]
        self.browser.wait("ten further lines", f"{IDS}.at(-1) >= {last} + 10")
        below = self.browser.run("""(() => {
            const box = document.querySelector(".log");
            return box.scrollHeight - box.scrollTop - box.clientHeight;
        })()""")
        self.assertLess(below, 50, "the newest line is in sight")
        self.assert_no_gap(self.shown())

    def test_a_pause_loses_nothing(self):
        self.browser.click("button", "Pause")
        self.browser.shows("paused", ".log-state")
        ids = self.shown()
        self.until("lines meanwhile", lambda: len(self.project.log("ticker", ids[-1], 1 << 60)) > 15)
        self.assertEqual(ids, self.shown(), "a paused log stands still")
        self.browser.shows("new below", ".newest")
        self.browser.click("button", "Go on")
        self.browser.wait("what came meanwhile", f"{IDS}.at(-1) > {ids[-1]} + 15")
        self.assert_no_gap(self.shown())
        self.browser.shows("live", ".log-state")

    def test_older_lines_come_when_one_scrolls_up_and_the_page_keeps_a_bounded_number(self):
        oldest = self.shown()[0]
        for _ in range(12):
            first = self.shown()[0]
            self.browser.run("document.querySelector('.log').scrollTop = 0")
            self.browser.wait("older lines", f"{IDS}[0] < {first}")
        ids = self.shown()
        self.assertLess(ids[0], oldest - 2_000)
        self.assertLessEqual(len(ids), 1_200)
        self.assert_no_gap(ids)
        self.browser.shows("paused", ".log-state")
        self.browser.click(".newest")
        self.browser.shows("live", ".log-state")
        self.browser.wait("the newest lines", f"{IDS}.at(-1) > {oldest + 50}")
        self.assert_no_gap(self.shown())

    def test_from_error_to_error(self):
        for at in (LINES - 50_000, LINES - 150_000):
            self.browser.click("button", "‹ Error")
            self.browser.shows(f"old line {at}", ".log-line.here")
        self.assertTrue(self.browser.run("document.querySelector('.log-line.here').checkVisibility()"))
        self.assert_no_gap(self.shown())
        self.browser.click("button", "Error ›")
        self.browser.shows(f"old line {LINES - 50_000}", ".log-line.here")

    def test_level_and_text(self):
        self.browser.click(".choices button", "Errors")
        self.browser.wait("errors alone", "document.querySelector('.log-line.error')"
                          " && !document.querySelector('.log-line:not(.error)')")
        self.assertIn("level=error", self.browser.run("location.hash"))
        self.browser.click(".choices button", "All")
        self.browser.write(".log-bar [data-search]", "old line 12345")
        self.browser.shows("old line 123456", ".log")
        self.assertEqual("old line 12345", self.browser.text(".log-line mark"))
        self.browser.write(".log-bar [data-search]", "no such words")
        self.browser.shows("No line fits.", ".log")


if __name__ == "__main__":
    unittest.main()
