"""Modules that compute: asked in the browser itself, where they have to work."""

import json
import unittest

from scene import Scene


class Modules(Scene):
    def ask(self, module, expression):
        return self.browser.run(f"import('/assets/{module}.js').then((it) => {expression})")

    def diff(self, before, after):
        lines = self.ask("diff", f"it.diff({json.dumps(before)}, {json.dumps(after)})")
        signs = {"same": " ", "old": "-", "new": "+"}
        return [(signs[each["kind"]] + each["text"], each["before"], each["after"]) for each in lines]

    def test_a_difference_names_the_changed_lines_with_their_numbers(self):
        self.assertEqual(
            [(" a", 1, 1), ("-b", 2, None), ("+x", None, 2), ("+y", None, 3), (" c", 3, 4)],
            self.diff("a\nb\nc\n", "a\nx\ny\nc\n"))

    def test_a_difference_of_anything_rebuilds_both_texts(self):
        texts = ["", "a", "a\n", "a\nb", "b\na", "x\na\nb\nc\ny", "a\na\na\nb", "c\nb\na\nb\nc", "\n\n\na"]
        for before in texts:
            for after in texts:
                lines = self.diff(before, after)
                for text, signs, column in ((before, " -", 1), (after, " +", 2)):
                    rebuilt = [line for line in lines if line[0][0] in signs]
                    wanted = text.split("\n")
                    if wanted[-1] == "":
                        wanted.pop()
                    self.assertEqual(wanted, [line[0][1:] for line in rebuilt], (before, after))
                    numbers = list(range(1, len(wanted) + 1))
                    self.assertEqual(numbers, [line[column] for line in rebuilt], (before, after))

    def test_what_did_not_change_is_left_out_but_for_some_lines(self):
        before = "\n".join(str(number) for number in range(100))
        shown = self.ask("diff", f"it.hunks(it.diff({json.dumps(before)}, {json.dumps(before.replace('50', 'x'))}))")
        self.assertEqual([47, 46], [each["count"] for each in shown if each["kind"] == "gap"])
        self.assertEqual(10, len(shown))

    def test_a_difference_too_large_to_be_the_shortest_is_told_quickly(self):
        took = self.ask("diff", """(() => {
            const before = Array.from({ length: 20000 }, (_, at) => `old ${at}`).join("\\n");
            const begin = performance.now();
            const lines = it.diff(before, before.replaceAll("old", "new"));
            return lines.length === 40000 ? performance.now() - begin : -1;
        })()""")
        self.assertTrue(0 <= took < 5_000, took)

    def test_sizes_spans_and_durations_are_said_in_words(self):
        cases = {
            "span(0.4)": "0 s", "span(59.9)": "59 s", "span(3599)": "59 min", "span(90000)": "1 d",
            "duration(null)": "–", "duration(0)": "0 s", "duration(0.00042)": "420 µs",
            "duration(0.0042)": "4.2 ms", "duration(0.42)": "420 ms",
            "duration(4.2)": "4.2 s", "duration(125)": "2 min 5 s", "duration(7260)": "2 h 1 min",
            "bytes(null)": "–", "bytes(999)": "999 B", "bytes(1536)": "1.5 KB", "bytes(1048576 * 20)": "20 MB",
            "short(0)": "0", "short(1234567)": "1.23 M", "short(0.125)": "0.13", "plural(1, 'line')": "1 line",
            "plural(1200, 'line')": "1,200 lines", "words('backing_off')": "backing off", "ago(null)": "never",
        }
        for expression, words in cases.items():
            self.assertEqual(words, self.ask("format", f"it.{expression}"), expression)

    def test_an_address_survives_whatever_a_name_holds(self):
        name = "a/b?c=d&e #%é\u202e"
        place = f"it.parse(it.href(['daemons', {json.dumps(name)}, 'log'], {{ text: {json.dumps(name)}, level: '' }}))"
        self.assertEqual(["daemons", name, "log"], self.ask("route", f"{place}.parts"))
        self.assertEqual([["text", name]], self.ask("route", f"[...{place}.query]"))


if __name__ == "__main__":
    unittest.main()
