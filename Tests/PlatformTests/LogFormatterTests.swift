import Glibc
import Model
import Testing

@testable import Platform

@Suite("Log lines")
struct LogFormatterTests {
    private func entry(_ message: String, _ level: LogLevel = .info, fields: Value? = nil, daemon: String? = "inbox")
        -> LogEntry
    {
        LogEntry(
            at: WallTime(milliseconds: 1_795_560_573_123), daemon: daemon, level: level, message: message,
            fields: fields)
    }

    private func text(_ entry: LogEntry) -> String {
        LogFormatter(.text(color: false), offset: { _ in 0 }).line(for: entry)
    }

    @Test("a line tells time, level, daemon, message and fields")
    func plain() {
        let fields: Value = [
            "folder": "/srv/x", "n": 5, "note": "two words", "list": [1, "a"], "empty": "", "on": true,
        ]
        #expect(
            text(entry("watching", fields: fields))
                == #"22:49:33.123 INFO  inbox  watching folder=/srv/x n=5 note="two words" list=[1,"a"] empty="" on=true"#
        )
        #expect(text(entry("up", .error, daemon: nil)) == "22:49:33.123 ERROR up")
        #expect(
            text(entry("odd", .warn, fields: [1, .bytes([0xFF])]))
                == #"22:49:33.123 WARN  inbox  odd [1,{"$bytes":"/w=="}]"#)
    }

    @Test("in the journal each line has its priority, and nothing that the journal adds itself")
    func journal() {
        let formatter = LogFormatter(.text(color: true), forJournal: true, offset: { _ in 0 })
        #expect(formatter.line(for: entry("one\ntwo", .error, fields: ["n": 1])) == "<3>inbox  one\n<3>    two n=1")
        #expect(formatter.line(for: entry("x", .warn, daemon: nil)) == "<4>x")
        #expect(formatter.line(for: entry("x", .info, daemon: nil)) == "<6>x")
        #expect(formatter.line(for: entry("x", .debug, daemon: nil)) == "<7>x")
        let json = LogFormatter(.json, forJournal: true).line(for: entry("x", .warn, daemon: nil))
        #expect(json.hasPrefix(#"<4>{"at":"#))
    }

    @Test("the journal's stream is known by device and inode")
    func stream() throws {
        let folder = try TemporaryFolder()
        let file = open(try folder.file("log"), O_WRONLY | O_CLOEXEC)
        defer { close(file) }
        var facts = stat()
        try #require(fstat(file, &facts) == 0)
        #expect(Console.isJournal(file, named: "\(facts.st_dev):\(facts.st_ino)"))
        #expect(!Console.isJournal(file, named: "\(facts.st_dev):\(facts.st_ino + 1)"))
        #expect(!Console.isJournal(file, named: nil))
        #expect(!Console.isJournal(-1, named: "0:0"))
    }

    @Test("the time is local")
    func local() {
        let formatter = LogFormatter(.text(color: false), offset: { _ in 5_400 })
        #expect(formatter.line(for: entry("x")).hasPrefix("00:19:33.123 "))
    }

    @Test("colour is there when asked for and only then")
    func color() {
        let line = LogFormatter(.text(color: true), offset: { _ in 0 }).line(for: entry("x", .error))
        #expect(line == "\u{1B}[2m22:49:33.123\u{1B}[0m \u{1B}[31mERROR\u{1B}[0m \u{1B}[1minbox  \u{1B}[0mx")
        #expect(!text(entry("x", .error)).contains("\u{1B}"))
    }

    @Test(
        "nothing that a script writes reaches the terminal's controls",
        arguments: [
            ("\u{1B}[2J\u{1B}]0;title\u{7}", #"\u{1b}[2J\u{1b}]0;title\u{7}"#), ("a\rb\u{8}", #"a\u{d}b\u{8}"#),
            ("\u{9B}31m", #"\u{9b}31m"#),
            ("\u{202E}evil\u{2066}", #"\u{202e}evil\u{2066}"#), ("tab\there", "tab    here"),
            ("naïve 日本 😀", "naïve 日本 😀"),
            ("one\ntwo\n22:49 INFO fake", "one\n    two\n    22:49 INFO fake"), ("\r\n", "\\u{d}\n    "),
        ])
    func escaping(_ message: String, _ shown: String) {
        #expect(text(entry(message, daemon: nil)) == "22:49:33.123 INFO  " + shown)
    }

    @Test("fields and names are harmless too, and stay on the line")
    func escapedFields() {
        let line = text(entry("m", fields: ["k\n": "v\n\u{1B}", "b": "\u{9B}x"], daemon: "a\u{1B}\nb"))
        #expect(line == #"22:49:33.123 INFO  a\u{1b}\nb  m k\n="v\n\u001b" b="\u{9b}x""#)
    }

    @Test("JSON lines are one object each, with what is known")
    func json() throws {
        var entry = entry("a\nb\u{1B}", .warn, fields: ["k": 1])
        entry.generation = 3
        entry.codeHash = "abc"
        entry.step = 7
        entry.job = 9
        let formatter = LogFormatter(.json, offset: { _ in 5_400 })
        let line = formatter.line(for: entry)
        #expect(!line.contains("\n"))
        #expect(
            try JSON.decode(line) == [
                "at": "2026-11-24T22:49:33.123Z", "level": "warn", "daemon": "inbox", "message": "a\nb\u{1B}",
                "fields": ["k": 1],
                "generation": 3, "code_hash": "abc", "step": 7, "job": 9,
            ])
        entry.fields = ["x": .number(.nan)]
        #expect(formatter.line(for: entry).contains(#""fields":{"x":{"$number":"nan"}}"#))
        entry.fields = (0..<200).reduce(Value.emptyTable) { value, _ in [value] }
        #expect(try JSON.decode(formatter.line(for: entry))["message"] == "a\nb\u{1B}")
    }
}

@Suite("The console")
struct ConsoleTests {
    @Test(
        "colour needs a capable terminal and no NO_COLOR",
        arguments: [
            (true, nil, "xterm", true), (true, "", "xterm", true), (true, "1", "xterm", false),
            (true, nil, "dumb", false), (false, nil, "xterm", false),
            (true, nil, nil, true),
        ] as [(Bool, String?, String?, Bool)])
    func color(_ isTerminal: Bool, _ noColor: String?, _ term: String?, _ expected: Bool) {
        #expect(Console.wantsColor(isTerminal: isTerminal, noColor: noColor, term: term) == expected)
    }

    @Test("a width is always known")
    func width() {
        #expect(Console.width(.output) > 0)
    }
}
