"""Schedules: made by a form, switched on and off, run now, changed and forgotten."""

import unittest

from scene import Scene


class Schedules(Scene):
    def setUp(self):
        super().setUp()
        self.go("#/schedules")

    def schedules(self):
        return {each["name"]: each for each in self.project.command("schedules")}

    def test_a_schedule_from_its_making_to_its_end(self):
        self.browser.shows("No schedule yet")
        self.browser.click("button", "Add a schedule…")
        self.browser.write("#schedule-name", "nightly")
        self.browser.write("#schedule-cron", "99 4 * * *")
        self.browser.choose("#schedule-job-type", "count")
        self.browser.write("#schedule-job-steps", "2")
        self.browser.click("dialog button", "Add")
        self.browser.shows("99", "dialog .problem")
        self.assertEqual({}, self.schedules())
        self.browser.write("#schedule-cron", "30 4 * * *")
        self.browser.click("dialog button", "Add")
        self.browser.shows("30 4 * * *", self.row("nightly"))
        self.assertEqual(2, self.schedules()["nightly"]["args"]["steps"])

        self.browser.click('input[aria-label="Schedule nightly on"]')
        self.until("off", lambda: self.schedules()["nightly"]["enabled"] is False)
        self.assertEqual("30 4 * * *", self.schedules()["nightly"]["cron"])

        self.browser.click(self.row("nightly", "button"), "Run now")
        self.until("its job", lambda: [each for each in self.project.command("jobs") if each["type"] == "count"])

        self.browser.click(self.row("nightly", "button"), "nightly")
        self.browser.write("#schedule-cron", "15 5 * * *")
        self.browser.click("dialog button", "Save")
        self.browser.shows("15 5 * * *", self.row("nightly"))
        self.assertEqual(2, self.schedules()["nightly"]["args"]["steps"], "the other values stay")

        self.browser.click(self.row("nightly", "button"), "Remove…")
        self.browser.click("dialog button", "Remove")
        self.browser.shows("No schedule yet")
        self.assertEqual({}, self.schedules())


if __name__ == "__main__":
    unittest.main()
