"""Versions, state and the console: a saved file takes over, the difference is shown, and one can go back."""

import unittest

from scene import Scene

FIRST = """
return {
  every = 0.5, state = { steps = 0 },
  run_step = function(self)
    self.state.steps = self.state.steps + 1
    lunad.status("the first text")
  end,
}
"""


class Versions(Scene):
    scripts = {"changer": FIRST}

    def setUp(self):
        super().setUp()
        self.go("#/daemons/changer/versions")

    def test_a_changed_script_takes_over_and_one_can_go_back(self):
        self.browser.shows("runs", "tr[data-row='1']")
        self.project.script("changer", FIRST.replace("first", "second"))
        self.browser.shows("runs", "tr[data-row='2']")
        self.browser.shows("the second text", ".daemon-now")
        self.browser.wait("the difference", "document.querySelectorAll('.source-line.new').length === 1")
        self.assertIn('lunad.status("the first text")', self.browser.text(".source-line.old"))
        self.assertIn('lunad.status("the second text")', self.browser.text(".source-line.new"))
        self.browser.click("tr[data-row='1'] button", "Show")
        self.browser.shows("the first text", ".source")
        self.browser.click("tr[data-row='1'] button", "Roll back…")
        self.browser.click("dialog button", "Roll back")
        self.browser.shows("the first text", ".daemon-now")
        self.browser.shows("rolled back", "tr[data-row='2']")
        self.assertGreater(self.project.daemon("changer")["generation"], 0)

    def test_a_swap_is_foretold_before_it_is_done(self):
        self.browser.click("button", "Swap to the script on disk…")
        self.browser.wait("what would happen", "document.querySelector('dialog h2') !== null")
        self.assertIn(self.browser.text("dialog h2"), ("There is nothing to swap", "Swap changer?"))

    def test_the_state_is_shown_as_committed(self):
        self.go("#/daemons/changer/state")
        self.browser.shows("steps:", ".tree")
        first = self.browser.text(".value.number")
        self.browser.wait("a later state", f"document.querySelector('.value.number').innerText !== '{first}'")

    def test_the_console_runs_a_line_in_the_daemon(self):
        self.go("#/daemons/changer/console")
        self.browser.write("#console", "6 * 7")
        self.browser.key("Enter", 13)
        self.browser.shows("42", ".console-past .answer")
        self.browser.write("#console", "nothing.at.all")
        self.browser.click("button", "Run")
        self.browser.shows("attempt to index", ".console-past .trouble")


if __name__ == "__main__":
    unittest.main()
