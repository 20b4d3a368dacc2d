"""Errors, alerts, activity and charts: what went wrong, with its place in the source; how things went."""

import unittest

from scene import Scene


class Errors(Scene):
    def test_an_error_is_shown_with_its_traceback_and_its_source(self):
        self.go("#/errors")
        self.browser.shows("attempt to index a nil value", ".failure")
        self.browser.click(".failure-message")
        self.browser.shows("in upvalue 'inner'", ".trace")
        self.browser.shows("thing.part.name", ".source-line.marked")

    def test_an_error_is_resolved(self):
        self.go("#/daemons/quitter/errors")
        self.browser.shows("the licence has run out", ".failure")
        self.browser.click(".failure-message")
        self.browser.click(".failure button", "Resolve")
        self.browser.shows("Nothing failed.")
        self.browser.click("input[aria-label='Also those that are over']")
        self.browser.shows("over", ".failure-when")

    def test_activity_tells_what_happened_as_it_happens(self):
        self.go("#/activity")
        self.browser.shows("the licence has run out", ".feed")
        self.project.script("latecomer", "return { every = 1, run_step = function() end }")
        self.browser.shows("latecomer", ".feed")

    def test_charts_are_drawn_from_what_was_measured(self):
        self.go("#/charts")
        self.browser.wait("a line of steps",
                          "document.querySelector('.chart-line')?.getAttribute('d')?.length > 10", 60)
        titles = self.browser.run("[...document.querySelectorAll('figcaption')].map((each) => each.innerText)")
        for title in ("Steps", "Errors", "Step time", "Memory"):
            self.assertIn(title, titles)
        self.assertIn("steps now", self.browser.run("document.querySelector('.chart svg').getAttribute('aria-label')"))
        self.browser.run("document.querySelector('.chart svg').focus()")
        self.browser.key("ArrowLeft", 37)
        self.browser.wait("the time at the cursor",
                          "/[0-9]{2}:[0-9]{2}/.test(document.querySelector('.chart-time')?.innerText)")

    def test_an_alert_is_raised_shown_at_the_parts_name_and_acknowledged(self):
        badge = '.nav a[data-part="alerts"] .badge'
        self.browser.shows("1", badge)
        self.go("#/alerts")
        self.browser.shows("daemon failed: quitter", ".alert.open")
        self.browser.click(".alert button", "Acknowledge")
        self.browser.shows("acknowledged", ".alert")
        self.browser.wait("no badge", f"!document.querySelector('{badge}').checkVisibility()")
        self.assertIsNotNone(self.project.command("alerts")[0]["acknowledged_at"])


if __name__ == "__main__":
    unittest.main()
