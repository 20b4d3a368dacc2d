import Testing

@testable import ControlCLI

@Suite struct ArgumentParserTests {
    private static let command = CommandDeclaration(
        name: "logs", summary: "show lines",
        positionals: [.init(name: "NAME", doc: "a daemon", presence: .optional)],
        options: [
            .init(long: "follow", short: "f", doc: "go on"),
            .init(long: "limit", short: "n", value: "N", doc: "how many"),
        ])

    private func parse(_ words: [String]) -> (ParsedArguments?, String?) {
        do throws(UsageError) {
            return (try ArgumentParser.parse(words, for: Self.command), nil)
        } catch {
            return (nil, error.message)
        }
    }

    @Test(
        "options are understood in every usual spelling",
        arguments: [
            ["--limit", "5", "--follow", "inbox"], ["--limit=5", "-f", "inbox"], ["-n", "5", "-f", "inbox"],
            ["-fn5", "inbox"], ["-f", "-n5", "--", "inbox"], ["inbox", "-fn", "5"],
        ])
    func spellings(words: [String]) throws {
        let parsed = try #require(parse(words).0)
        #expect(parsed.values["limit"] == "5")
        #expect(parsed.has("follow"))
        #expect(parsed.positionals == ["inbox"])
    }

    @Test(
        "what cannot be meant is refused in a sentence",
        arguments: [
            (["--folow"], "unknown option '--folow'; did you mean '--follow'?"),
            (["-x"], "unknown option '-x'"),
            (["--follow=1"], "option '--follow' takes no value"),
            (["--limit"], "option '--limit' needs a value: N"),
            (["a", "b"], "'b' is one argument too many"),
        ])
    func refusals(words: [String], expected: String) {
        #expect(parse(words).1 == expected)
    }

    @Test("a missing argument is named, unless only help is asked for")
    func missing() throws {
        let command = CommandDeclaration(
            name: "why", summary: "explain", positionals: [.init(name: "NAME", doc: "a daemon")])
        #expect(throws: UsageError("NAME is missing", command: "why")) { try ArgumentParser.parse([], for: command) }
        #expect(try ArgumentParser.parse(["--help"], for: command).has("help"))
    }

    @Test("after -- and as a lone dash, nothing is an option")
    func literal() throws {
        #expect(try #require(parse(["--", "--follow"]).0).positionals == ["--follow"])
        #expect(try #require(parse(["-"]).0).positionals == ["-"])
    }

    @Test("of a repeated option the last value counts")
    func repeated() throws {
        #expect(try #require(parse(["-n", "1", "--limit=2"]).0).values["limit"] == "2")
    }
}
