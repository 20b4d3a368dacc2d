import Model
import Platform
import Synchronization

/// Tells what comes of tests while they run, and gathers it.
final class TestReport: Sendable {
    enum Style: Sendable {
        /// Names with a mark, then the failures; only these when quiet.
        case plain(isQuiet: Bool)
        case tap
        case json
    }

    private let screen: Screen
    private let style: Style
    private let gathered = Mutex<[ScriptTestResult]>([])

    init(to screen: Screen, style: Style) {
        self.screen = screen
        self.style = style
        if case .tap = style { screen.line("TAP version 13") }
    }

    /// Everything so far, in order.
    var results: [ScriptTestResult] { gathered.withLock { $0 } }

    func take(_ event: ScriptTestEvent) {
        switch event {
        case .file(let name, let tests):
            guard case .plain(isQuiet: false) = style, tests > 0 else { return }
            screen.line(Paint.bold.on(TerminalText.escape(name), screen))
        case .ended(let result):
            let number = gathered.withLock { gathered in
                gathered.append(result)
                return gathered.count
            }
            tell(result, number)
        }
    }

    private func tell(_ result: ScriptTestResult, _ number: Int) {
        switch style {
        case .plain(isQuiet: true), .json: break
        case .plain: screen.line(PlainTestText(screen: screen).line(of: result))
        case .tap: screen.write(TAPText.lines(of: result, number: number))
        }
    }

    /// Says what is said at the end.
    func finish(seconds: Double) throws(HostError) {
        let results = results
        switch style {
        case .plain(let isQuiet):
            let text = PlainTestText(screen: screen)
            screen.write(text.failures(results))
            if !isQuiet || results.contains(where: { $0.failure != nil }) {
                screen.line(text.summary(results, seconds: seconds))
            }
        case .tap: screen.line("1..\(results.count)")
        case .json: screen.line(try JSON.encode(results.value(seconds: seconds)))
        }
    }
}

extension [ScriptTestResult] {
    var failed: Int { count { $0.failure != nil } }
    var pending: Int { count(where: \.isPending) }
    var passed: Int { count - failed - pending }

    fileprivate func value(seconds: Double) -> Value {
        [
            "passed": .integer(Int64(passed)), "failed": .integer(Int64(failed)), "pending": .integer(Int64(pending)),
            "seconds": .number(seconds.inMilliseconds / 1_000), "tests": isEmpty ? .emptyTable : .array(map(\.value)),
        ]
    }
}

extension ScriptTestResult {
    fileprivate var value: Value {
        var fields: [Value.Field] = [
            .init("file", .string(file)), .init("line", .integer(Int64(line))), .init("name", .string(name)),
            .init("seconds", .number(seconds.inMilliseconds / 1_000)),
        ]
        switch outcome {
        case .passed: fields.append(.init("outcome", "passed"))
        case .pending(let reason):
            fields.append(.init("outcome", "pending"))
            fields.append(.init("reason", reason.map { .string($0) } ?? .null))
        case .failed(let failure):
            fields += [
                .init("outcome", "failed"), .init("message", .string(failure.message)),
                .init("place", .string(failure.place)), .init("traceback", .string(failure.traceback)),
                .init("log", .array(log.suffix(PlainTestText.longestLog).map(\.value))),
            ]
        }
        return .object(fields)
    }
}

extension Double {
    /// Whole milliseconds of a number of seconds.
    var inMilliseconds: Double { (self * 1_000).rounded() }
}
