import Model

/// Results of tests as the XML that build servers read.
enum JUnitReport {
    static func text(_ results: [ScriptTestResult], seconds: Double) -> String {
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        text += "<testsuites \(counts(results)) time=\"\(shown(seconds))\">\n"
        for file in files(results) {
            let own = results.filter { $0.file == file }
            let time = own.reduce(0) { $0 + $1.seconds }
            text += "  <testsuite name=\"\(escaped(file))\" \(counts(own)) time=\"\(shown(time))\">\n"
            text += own.map(test).joined() + "  </testsuite>\n"
        }
        return text + "</testsuites>\n"
    }

    private static func files(_ results: [ScriptTestResult]) -> [String] {
        var files: [String] = []
        for result in results where files.last != result.file { files.append(result.file) }
        return files
    }

    private static func counts(_ results: [ScriptTestResult]) -> String {
        "tests=\"\(results.count)\" failures=\"\(results.failed)\" errors=\"0\" skipped=\"\(results.pending)\""
    }

    private static func test(_ result: ScriptTestResult) -> String {
        let group = result.names.dropLast().joined(separator: " ")
        let head =
            "    <testcase classname=\"\(escaped(group.isEmpty ? result.file : group))\" "
            + "name=\"\(escaped(result.names.last ?? result.file))\" file=\"\(escaped(result.file))\" "
            + "line=\"\(result.line)\" time=\"\(shown(result.seconds))\""
        switch result.outcome {
        case .passed: return head + "/>\n"
        case .pending(let reason):
            let why = reason.map { " message=\"\(escaped($0))\"" } ?? ""
            return head + ">\n      <skipped\(why)/>\n    </testcase>\n"
        case .failed(let failure):
            let first = failure.message.split(separator: "\n").first.map(String.init) ?? ""
            let whole = [failure.place, failure.message, failure.traceback].filter { !$0.isEmpty }
            return head
                + ">\n      <failure message=\"\(escaped(first))\">\(escaped(whole.joined(separator: "\n")))</failure>\n"
                + "    </testcase>\n"
        }
    }

    private static func shown(_ seconds: Double) -> String { (seconds.inMilliseconds / 1_000).shown }

    /// Text in which nothing is taken for markup; characters that XML cannot say are left out.
    private static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "\n", "\t", "\r": out.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: break
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
