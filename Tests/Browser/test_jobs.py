"""Jobs: launched by a form, watched, cancelled, tried again; the filters are in the address."""

import json
import unittest

from scene import Scene


class Jobs(Scene):
    def setUp(self):
        super().setUp()
        self.go("#/jobs")

    def launch(self, **args):
        """Runs a job from its form, and gives its id."""
        self.browser.click("button", "Run a job…")
        self.browser.wait("the form", "document.querySelector('#run-type') !== null")
        if self.browser.run("document.querySelector('#run-type').tagName") == "SELECT":
            self.browser.choose("#run-type", "count")
            for name, value in args.items():
                if isinstance(value, bool):
                    self.browser.run(f"document.querySelector('#run-{name}').checked = {json.dumps(value)}")
                else:
                    self.browser.write(f"#run-{name}", str(value))
        else:
            self.browser.write("#run-type", "count")
            self.browser.write("#run-args", json.dumps(args))
        self.browser.click("dialog button", "Run")
        self.browser.wait("the job's page", "/^#\\/jobs\\/[0-9]+$/.test(location.hash)")
        return int(self.browser.run("location.hash").split("/")[-1])

    def job(self, number):
        return self.project.command("jobs", "show", str(number))

    def test_a_job_is_launched_shown_on_its_way_and_with_its_result(self):
        number = self.launch(steps=12)
        self.browser.wait("progress", "document.querySelector('.job [role=progressbar]')?.ariaValueNow > 20")
        self.browser.shows("completed", ".daemon-title")
        self.browser.shows("counted: 12")
        self.browser.shows("step=12", ".log-lines")
        self.assertEqual("completed", self.job(number)["status"])

    def test_a_job_is_cancelled(self):
        number = self.launch(steps=500)
        self.browser.shows("running", ".daemon-title")
        self.go("#/jobs")
        self.browser.wait("its bar", f"{self.cell(number, '[role=progressbar]')}?.checkVisibility()")
        self.browser.click(self.row(number, "button"), "Cancel")
        self.status(number, "cancelled")
        self.assertEqual("cancelled", self.job(number)["status"])

    def test_a_failed_job_tells_why_and_is_tried_again(self):
        number = self.launch(steps=1, breaks=True)
        self.browser.shows("failed", ".daemon-title")
        self.browser.shows("it broke at the end", ".trouble")
        first = self.job(number)["started_at"]
        self.browser.click("button", "Retry")
        self.until("another run", lambda: self.job(number)["started_at"] != first)

    def test_filters_are_kept_in_the_address(self):
        self.launch(steps=1)
        self.browser.shows("completed", ".daemon-title")
        self.go("#/jobs")
        self.browser.click(".choices button", "Past")
        self.browser.wait("the past only",
                          "document.querySelector('.jobs tbody tr') && location.hash.includes('status=completed')")
        self.go("#/jobs?type=nothing")
        self.browser.shows("No job fits.")
        field = "document.querySelector('input[aria-label=\"Only of this type\"]')"
        self.assertEqual("nothing", self.browser.run(f"{field}.value"))


if __name__ == "__main__":
    unittest.main()
