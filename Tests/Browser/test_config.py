"""The config form: each setting by itself."""

import unittest

from scene import Scene


class Config(Scene):
    def setUp(self):
        super().setUp()
        self.go("#/daemons/ticker/config")
        self.browser.wait("the form", "document.querySelector('#config-loud') !== null")

    def values(self):
        keys = self.project.command("config", "ticker")["keys"]
        return {each["key"]: (each["value"], each["is_set"]) for each in keys}

    def changed(self, before):
        now = self.values()
        return {key: now[key][0] for key in now if now[key] != before[key]}

    def test_toggling_one_setting_changes_that_setting_alone(self):
        before = self.values()
        self.browser.click("#config-loud")
        self.until("a change", lambda: self.changed(before))
        self.assertEqual({"loud": True}, self.changed(before))
        self.browser.shows("loud is true", ".toasts")
        self.browser.wait("the switch free", "!document.querySelector('#config-loud').disabled")
        self.browser.click("#config-loud")
        self.until("the change undone", lambda: self.values()["loud"][0] is False)
        self.assertEqual({"loud": False}, self.changed(before), "set by hand now, and nothing else is")

    def test_a_value_is_saved_when_it_is_asked_for_and_a_bad_one_is_refused(self):
        before = self.values()
        self.browser.write("#config-greeting", "unsaved words")
        self.browser.write("#config-batch", "500")
        self.browser.click('[data-key-name="batch"] button', "Save")
        self.browser.shows("from 1 to 100", '[data-key-name="batch"] .problem')
        self.assertEqual({}, self.changed(before))
        self.browser.write("#config-batch", "50")
        self.browser.key("Enter", 13)
        self.until("a change", lambda: self.changed(before))
        self.assertEqual({"batch": 50}, self.changed(before))
        self.assertEqual("unsaved words", self.browser.run("document.querySelector('#config-greeting').value"))
        self.browser.click('[data-key-name="greeting"] button', "Undo")
        self.assertEqual("hello", self.browser.run("document.querySelector('#config-greeting').value"))
        self.browser.click('[data-key-name="batch"] button', "Use the default")
        self.until("the default", lambda: self.values()["batch"] == (10, False))

    def test_lists_choices_and_secrets(self):
        self.browser.write("#config-hosts", '["a.example", ')
        self.browser.click('[data-key-name="hosts"] button', "Save")
        self.browser.shows("is not JSON", '[data-key-name="hosts"] .problem')
        self.browser.write("#config-hosts", '["b.example", "c.example"]')
        self.browser.click('[data-key-name="hosts"] button', "Save")
        self.until("the list", lambda: self.values()["hosts"][0] == ["b.example", "c.example"])
        self.browser.choose("#config-mode", "slow")
        self.browser.run("document.querySelector('#config-mode').dispatchEvent(new Event('input'))")
        self.browser.click('[data-key-name="mode"] button', "Save")
        self.until("the choice", lambda: self.values()["mode"][0] == "slow")
        self.browser.write("#config-key", "very secret")
        self.browser.click('[data-key-name="key"] button', "Save")
        self.until("the secret", lambda: self.values()["key"][1])
        self.browser.wait("an empty field again", "document.querySelector('#config-key').value === ''")
        self.assertNotIn("very secret", self.browser.run("document.body.innerHTML"))


if __name__ == "__main__":
    unittest.main()
