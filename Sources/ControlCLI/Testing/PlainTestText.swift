import Model
import Platform

/// Results of tests as lines for people.
struct PlainTestText {
    /// So many lines of a failed test's log are shown, the last ones.
    static let longestLog = 40
    /// Tests that took longer say so.
    private static let slow = 0.5

    let screen: Screen

    func line(of result: ScriptTestResult) -> String {
        let name = TerminalText.escape(result.names.isEmpty ? "could not be read" : result.name)
        switch result.outcome {
        case .passed: return "  \(Paint.green.on("✓", screen)) \(name)\(time(result))"
        case .failed: return "  \(Paint.red.on("✗", screen)) \(name)\(time(result))"
        case .pending(let reason):
            let why = reason.map { ": \(TerminalText.escape($0))" } ?? ""
            return "  \(Paint.yellow.on("-", screen)) \(name) \(Paint.dim.on("(pending\(why))", screen))"
        }
    }

    private func time(_ result: ScriptTestResult) -> String {
        guard result.seconds >= Self.slow else { return "" }
        return Paint.dim.on(" (\(Int(result.seconds.inMilliseconds)) ms)", screen)
    }

    /// Every failure with its place, what is wrong, and what its hosts logged.
    func failures(_ results: [ScriptTestResult]) -> String {
        var text = ""
        for (index, result) in results.filter({ $0.failure != nil }).enumerated() {
            guard let failure = result.failure else { continue }
            let place = failure.place.isEmpty ? "\(result.file):\(result.line)" : failure.place
            text += "\n\(index + 1)) \(Paint.bold.on(TerminalText.escape(result.name), screen))\n"
            text += "   \(Paint.red.on(TerminalText.escape(place), screen))\n"
            text += indented(failure.message, by: "   ")
            if !failure.traceback.isEmpty { text += indented(failure.traceback, by: "   ") }
            text += log(result.log)
        }
        return text.isEmpty ? "" : text + "\n"
    }

    private func log(_ log: [LogEntry]) -> String {
        guard !log.isEmpty else { return "" }
        let formatter = LogFormatter(.text(color: screen.hasColour))
        let shown = log.suffix(Self.longestLog)
        let head =
            shown.count < log.count
            ? "the last \(shown.count) of \(log.count) lines that its hosts logged" : "its hosts logged"
        return "   \(Paint.dim.on(head + ":", screen))\n"
            + shown.map { indented(formatter.line(for: $0), by: "     ", isEscaped: true) }.joined()
    }

    private func indented(_ text: String, by margin: String, isEscaped: Bool = false) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let shown = String(line).replacingTabs
            return margin + (isEscaped ? shown : TerminalText.escape(shown)) + "\n"
        }.joined()
    }

    func summary(_ results: [ScriptTestResult], seconds: Double) -> String {
        var parts = [Paint.green.on("\(results.passed) passed", screen)]
        if results.failed > 0 { parts.append(Paint.red.on("\(results.failed) failed", screen)) }
        if results.pending > 0 { parts.append(Paint.yellow.on("\(results.pending) pending", screen)) }
        let count = "\(results.count) test\(results.count == 1 ? "" : "s")"
        return "\(count): \(parts.joined(separator: ", ")) (\((seconds.inMilliseconds / 1_000).shown) s)"
    }
}

extension String {
    fileprivate var replacingTabs: String {
        split(separator: "\t", omittingEmptySubsequences: false).joined(separator: "  ")
    }
}
