"""How it looks: each part in the light, in the dark and on a phone, with pictures to look at in .build/pictures."""

import os
import unittest

from host import PICTURES
from scene import Scene

PLACES = {
    "daemons": "#/daemons", "jobs": "#/jobs", "schedules": "#/schedules", "log": "#/log", "errors": "#/errors",
    "activity": "#/activity", "charts": "#/charts", "alerts": "#/alerts", "daemon": "#/daemons/ticker",
    "config": "#/daemons/ticker/config", "state": "#/daemons/ticker/state", "versions": "#/daemons/ticker/versions",
    "daemon-charts": "#/daemons/ticker/charts", "console": "#/daemons/ticker/console",
}
LOOKS = {"light": {}, "dark": {"dark": True}, "phone": {"width": 390, "height": 844, "is_phone": True}}


class Looks(Scene):
    def tearDown(self):
        self.browser.look()
        super().tearDown()

    def settle(self, place):
        self.go(place)
        self.browser.wait("something to see", "document.querySelector('main').innerText.trim().length > 10")
        self.browser.run("Promise.all([document.fonts.ready, new Promise(requestAnimationFrame)]).then(() => 1)")

    def test_each_part_in_each_look_fits_its_window(self):
        for look, how in LOOKS.items():
            self.browser.look(**how)
            for name, place in PLACES.items():
                with self.subTest(look=look, part=name):
                    self.settle(place)
                    width = self.browser.run("document.documentElement.scrollWidth")
                    self.assertLessEqual(width, how.get("width", 1280), "nothing sticks out to the right")
                    self.browser.picture(os.path.join(PICTURES, f"{name}-{look}.png"))

    def ground(self):
        return self.browser.run("getComputedStyle(document.documentElement).backgroundColor")

    def test_colours_follow_the_system_until_one_chooses(self):
        self.browser.look()
        light = self.ground()
        self.browser.look(dark=True)
        dark = self.ground()
        self.assertNotEqual(light, dark)
        self.browser.click("#theme")
        self.assertEqual(light, self.ground(), "light was chosen, in the dark")
        self.browser.click("#theme")
        self.browser.look(dark=False)
        self.assertEqual(dark, self.ground(), "dark was chosen, in the light")
        self.browser.open(self.project.address)
        self.browser.shows("ticker")
        self.assertEqual(dark, self.ground(), "the choice is kept")
        self.browser.click("#theme")
        self.assertEqual(light, self.ground())

    def test_everything_that_can_be_pressed_has_a_name(self):
        for place in PLACES.values():
            self.settle(place)
            nameless = self.browser.run("""[...document.querySelectorAll("button, a, input, select, textarea, summary")]
                .filter((each) => each.checkVisibility())
                .filter((each) => !(each.textContent.trim() || each.getAttribute("aria-label") || each.labels?.length))
                .map((each) => each.outerHTML.slice(0, 120))""")
            self.assertEqual([], nameless, place)

    def test_words_stand_out_from_their_ground(self):
        """The contrast of the page's own colours, by the formula of WCAG, which asks for 4.5."""
        for dark in (False, True):
            self.browser.look(dark=dark)
            ratios = self.browser.run("""(() => {
                const probe = document.createElement("i");
                document.body.append(probe);
                const light = (name) => {
                    probe.style.color = `var(--${name})`;
                    const parts = getComputedStyle(probe).color.match(/[0-9.]+/g).slice(0, 3).map((part) => part / 255)
                        .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
                    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
                };
                const ratio = (one, other) => {
                    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
                    return (high + 0.05) / (low + 0.05);
                };
                const ratios = {};
                for (const ink of ["ink", "soft", "accent", "good", "warn", "bad", "busy", "faint"]) {
                    for (const ground of ["card", "ground"]) ratios[`${ink} on ${ground}`] = ratio(ink, ground);
                }
                for (const name of ["good", "bad", "warn", "accent"]) {
                    ratios[`${name} on ${name}-soft`] = ratio(name, `${name}-soft`);
                }
                probe.remove();
                return ratios;
            })()""")
            for pair, ratio in ratios.items():
                self.assertGreaterEqual(ratio, 4.5, f"{pair}, dark: {dark}")


if __name__ == "__main__":
    unittest.main()
