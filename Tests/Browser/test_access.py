"""Getting in: the token is shown once, and never stays in the address."""

import unittest

from browser import Browser
from scene import Scene


class Access(Scene):
    def fresh(self, address):
        browser = Browser()
        self.addCleanup(browser.close)
        browser.look()
        browser.open(address)
        return browser

    def test_the_token_is_asked_for_and_a_wrong_one_is_told(self):
        browser = self.fresh(self.project.address)
        browser.shows("Show the token")
        self.assertEqual("", browser.text(".daemons"))
        browser.write("#token", "a" * 64)
        browser.click("button", "Open")
        browser.shows("this is not the token")
        browser.write("#token", self.project.token)
        browser.key("Enter")
        browser.shows("ticker")
        self.assertEqual("", browser.run("document.cookie"), "scripts cannot read the cookie")

    def test_the_printed_address_lets_in_and_the_token_leaves_the_address_bar(self):
        browser = self.fresh(f"{self.project.address}#token={self.project.token}")
        browser.shows("ticker")
        self.assertNotIn(self.project.token, browser.run("location.href"))
        entries = browser.call("Page.getNavigationHistory")["entries"]
        self.assertFalse([each for each in entries if self.project.token in each["url"]], "not in the history either")
        browser.open(self.project.address)
        browser.shows("ticker")

    def test_a_wrong_token_in_the_address_asks_for_the_right_one(self):
        browser = self.fresh(f"{self.project.address}#token=nonsense")
        browser.shows("this is not the token")

    def test_nothing_is_fetched_from_elsewhere(self):
        hosts = self.browser.run(
            "[...new Set(performance.getEntriesByType('resource').map((each) => new URL(each.name).host))]")
        self.assertEqual([f"127.0.0.1:{self.project.port}"], hosts)

    def test_what_is_inline_does_not_run(self):
        self.browser.run("""(() => {
            const script = document.createElement('script');
            script.textContent = 'window.isInjected = true';
            document.body.append(script);
        })()""")
        self.assertIsNone(self.browser.run("window.isInjected"))
        self.assertIn("Content Security Policy", self.browser.troubles.pop())


if __name__ == "__main__":
    unittest.main()
