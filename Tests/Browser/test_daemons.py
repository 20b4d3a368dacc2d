"""The list of daemons: true, live, and each button does what it says."""

import unittest

from scene import Scene


class Daemons(Scene):
    def test_daemons_are_shown_with_their_statuses(self):
        self.status("ticker", "running")
        self.status("breaker", "backing off")
        self.status("quitter", "failed")
        self.status("sleeper", "stopped")
        self.browser.shows("attempt to index a nil value", self.row("breaker"))
        self.browser.shows("the licence has run out", self.row("quitter"))
        self.browser.shows("in a row", self.row("breaker", ".errors"))
        self.browser.shows("1", '.nav a[data-part="daemons"] .badge')

    def test_what_a_daemon_does_changes_by_itself(self):
        first = self.browser.text(self.row("ticker", ".activity"))
        self.browser.wait("another activity of ticker", f"{self.cell('ticker', '.activity')}.innerText !== '{first}'")
        self.browser.shows("ticked", self.row("ticker"))
        self.browser.wait("a heartbeat that is fresh",
                          f"/^(now|[0-4] s ago)$/.test({self.cell('ticker', '.heard')}.innerText)")
        self.browser.wait("a line of step times",
                          f"{self.cell('ticker', '.spark-line')}.getAttribute('d')?.length > 10")

    def test_a_new_script_appears_without_being_asked_for(self):
        self.project.script("newcomer", "return { every = 1, run_step = function() end }")
        self.status("newcomer", "running")

    def test_stop_start_and_restart(self):
        self.browser.click(self.row("ticker", "button"), "Stop")
        self.status("ticker", "stopped")
        self.assertEqual("stopped", self.project.daemon("ticker")["status"])
        self.browser.shows("ticker: stopped", ".toasts")
        self.browser.click(self.row("ticker", "button"), "Start")
        self.status("ticker", "running")
        before = self.project.daemon("ticker")
        self.assertEqual("running", before["status"])
        self.browser.click(self.row("ticker", "button"), "Restart")
        self.until("another start", lambda: self.project.daemon("ticker")["started_at"] != before["started_at"])
        self.status("ticker", "running")
        self.assertGreater(self.project.daemon("ticker")["steps"], 0)

    def test_stop_all_asks_first_and_start_all_brings_them_back(self):
        self.browser.click(".menu summary")
        self.browser.click(".menu button", "Stop all…")
        self.browser.click("dialog button", "Cancel")
        self.status("ticker", "running")
        self.browser.click(".menu summary")
        self.browser.click(".menu button", "Stop all…")
        self.browser.click("dialog button", "Stop all")
        self.status("ticker", "stopped")
        self.assertEqual(set(), {each["status"] for each in self.project.command("status")} - {"stopped", "failed"})
        self.browser.click(".menu summary")
        self.browser.click(".menu button", "Start all…")
        self.browser.click("dialog button", "Start all")
        self.status("ticker", "running")

    def test_restart_all(self):
        before = self.project.daemon("ticker")["started_at"]
        self.browser.click(".menu summary")
        self.browser.click(".menu button", "Restart all…")
        self.browser.click("dialog button", "Restart all")
        self.until("another start", lambda: self.project.daemon("ticker")["started_at"] not in (None, before))

    def test_another_instance_is_added_and_removed(self):
        self.browser.click(".menu summary")
        self.browser.click(".menu button", "Add a daemon…")
        self.browser.write("#add-name", "ticker2")
        self.browser.choose("#add-script", "ticker")
        self.browser.write("#add-config", '{"batch": 1000}')
        self.browser.click("dialog button", "Add")
        self.browser.shows("from 1 to 100", "dialog .problem")
        self.browser.write("#add-config", '{"batch": 20}')
        self.browser.click("dialog button", "Add")
        self.browser.shows("ticker2", ".daemon-title")
        self.assertEqual("ticker", self.project.daemon("ticker2")["type"])
        self.browser.click("button", "Remove…")
        self.browser.click("dialog button", "Remove")
        self.browser.wait("the list without it", f"!{self.cell('ticker2', '')} && location.hash === '#/daemons'")
        self.assertIsNone(self.project.daemon("ticker2"))

    def test_starting_with_the_host_is_a_setting_of_its_own(self):
        self.go("#/daemons/ticker")
        switch = 'input[aria-label="Start ticker with the host"]'
        self.browser.wait("the switch on", f"document.querySelector('{switch}').checked")
        self.browser.click(switch)
        self.until("disabled", lambda: self.project.daemon("ticker")["enabled"] is False)
        self.assertEqual("running", self.project.daemon("ticker")["status"])
        self.browser.wait("the switch free", f"!document.querySelector('{switch}').disabled")
        self.browser.click(switch)
        self.until("enabled", lambda: self.project.daemon("ticker")["enabled"] is True)

    def test_filters_and_order_are_kept_in_the_address(self):
        self.browser.click(".choices button[data-value=failed]")
        self.browser.wait("only what failed", "document.querySelectorAll('.daemons tbody tr').length === 1")
        self.assertIn("status=failed", self.browser.run("location.hash"))
        self.browser.open(f"{self.project.address}{self.browser.run('location.hash')}")
        self.browser.wait("only what failed, again", "document.querySelectorAll('.daemons tbody tr').length === 1")
        self.browser.click(".choices button[data-value='']")
        self.browser.write("[data-search]", "TICK")
        rows = "[...document.querySelectorAll('.daemons tbody tr')].map((each) => each.dataset.row)"
        self.browser.wait("only what was searched for", f"{rows}.join() === 'ticker'")
        self.browser.write("[data-search]", "nothing like it")
        self.browser.shows("No daemon fits")
        self.browser.write("[data-search]", " ")
        self.browser.click("th button", "Status")
        self.browser.wait("the worst first", "document.querySelector('.daemons tbody tr').dataset.row === 'quitter'")

    def test_the_keyboard_is_enough(self):
        self.status("ticker", "running")
        self.browser.key("/")
        self.assertTrue(self.browser.run("document.activeElement.matches('[data-search]')"))
        self.browser.run("document.activeElement.blur()")
        self.browser.key("j")
        self.browser.key("j")
        second = self.browser.run("document.querySelectorAll('[data-row]')[1].dataset.row")
        self.assertEqual(second, self.browser.run("document.activeElement.closest('[data-row]').dataset.row"))
        self.browser.key("Enter", 13)
        self.browser.shows(second, ".daemon-title")
        self.browser.key("g")
        self.browser.key("j")
        self.browser.shows("Jobs", "main h1")
        self.browser.key("?")
        self.browser.shows("Keyboard", "dialog")
        self.browser.key("Escape", 27)
        self.browser.wait("no dialog", "!document.querySelector('dialog')")


if __name__ == "__main__":
    unittest.main()
