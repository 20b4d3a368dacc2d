import Model

/// Results of tests in the Test Anything Protocol, version 13.
enum TAPText {
    static func lines(of result: ScriptTestResult, number: Int) -> String {
        let name = description(result.name)
        switch result.outcome {
        case .passed: return "ok \(number) - \(name)\n"
        case .pending(let reason):
            return "ok \(number) - \(name) # SKIP \(reason.map(description) ?? "pending")\n"
        case .failed(let failure):
            return "not ok \(number) - \(name)\n" + block(failure, result)
        }
    }

    private static func block(_ failure: ScriptTestResult.Failure, _ result: ScriptTestResult) -> String {
        let place = failure.place.isEmpty ? "\(result.file):\(result.line)" : failure.place
        var text = "  ---\n  message: |\n"
        for line in failure.message.split(separator: "\n", omittingEmptySubsequences: false) { text += "    \(line)\n" }
        return text + "  at: \(description(place))\n  ...\n"
    }

    /// One line in which nothing is taken for a directive.
    private static func description(_ text: String) -> String {
        var line = ""
        for character in text {
            switch character {
            case "#": line += "\\#"
            case "\\": line += "\\\\"
            case _ where character.isNewline: line += " "
            default: line.append(character)
            }
        }
        return line
    }
}
