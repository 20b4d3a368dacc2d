/// Turns the fields of a cron line into bit masks.
struct CronParser {
    /// One of the five fields: its numbers and their names.
    struct Field {
        let name: String
        let range: ClosedRange<Int>
        var names: [String] = []
        /// The number of the first name.
        var firstNamed = 0

        static let minute = Field(name: "minute", range: 0...59)
        static let hour = Field(name: "hour", range: 0...23)
        static let day = Field(name: "day", range: 1...31)
        static let month = Field(
            name: "month", range: 1...12,
            names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], firstNamed: 1)
        static let weekday = Field(
            name: "weekday", range: 0...7, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"])
    }

    private static let shorthands = [
        "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
        "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
    ]

    private let text: String

    init(_ text: String) { self.text = text }

    func fields() throws(HostError) -> [Substring] {
        let trimmed = text.split { $0 == " " || $0 == "\t" }
        if trimmed.count == 1, trimmed[0].hasPrefix("@") {
            let word = trimmed[0].lowercased()
            guard let line = Self.shorthands[word] else {
                let hint = DidYouMean.hint(for: word, in: Self.shorthands.keys.sorted())
                throw error("\(word) is not known\(hint): use @hourly, @daily, @weekly, @monthly or @yearly")
            }
            return line.split(separator: " ")
        }
        guard trimmed.count == 5 else {
            let count = trimmed.count
            throw error("expected five fields (minute hour day month weekday), found \(count)")
        }
        return trimmed
    }

    func mask(_ text: Substring, _ field: Field) throws(HostError) -> UInt64 {
        var mask: UInt64 = 0
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            mask |= try partMask(part, field)
        }
        if field.range.upperBound == 7, mask & 1 << 7 != 0 { mask = mask & 0x7F | 1 }
        return mask
    }

    private func partMask(_ part: Substring, _ field: Field) throws(HostError) -> UInt64 {
        let halves = part.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let step = halves.count == 2 ? try self.step(halves[1], field) : 1
        let numbers = try range(halves[0], field, isOpen: halves.count == 2)
        return stride(from: numbers.lowerBound, through: numbers.upperBound, by: step).reduce(0) {
            $0 | 1 << UInt64($1)
        }
    }

    private func step(_ text: Substring, _ field: Field) throws(HostError) -> Int {
        guard let step = Int(text), step >= 1, step <= field.range.upperBound else {
            throw error("step \"\(text)\" of the \(field.name) is not a number from 1 to \(field.range.upperBound)")
        }
        return step
    }

    /// `isOpen`: a single number begins a range to the field's end, as in `5/10`.
    private func range(_ text: Substring, _ field: Field, isOpen: Bool) throws(HostError) -> ClosedRange<Int> {
        // Sunday has two numbers; a step through the whole week must meet it only once.
        let whole = field.range.lowerBound...(field.range.upperBound == 7 ? 6 : field.range.upperBound)
        if text == "*" { return whole }
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let first = try number(ends[0], field)
        guard ends.count == 2 else { return isOpen ? first...max(first, whole.upperBound) : first...first }
        var last = try number(ends[1], field)
        if field.range.upperBound == 7, last == 0, first > 0 { last = 7 }
        guard first <= last else { throw error("range \"\(text)\" of the \(field.name) runs backwards") }
        return first...last
    }

    private func number(_ text: Substring, _ field: Field) throws(HostError) -> Int {
        if let index = field.names.firstIndex(of: text.lowercased()) { return index + field.firstNamed }
        let isDigits = !text.isEmpty && text.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        guard isDigits, let number = Int(text), field.range.contains(number) else {
            let names = field.names.isEmpty ? "" : ", or a name such as \(field.names[1])"
            let range = "\(field.range.lowerBound) to \(field.range.upperBound)"
            throw error("\(field.name) \"\(text)\" is not a number from \(range)\(names)")
        }
        return number
    }

    private func error(_ reason: String) -> HostError {
        HostError(.invalidArgument, "cron line \"\(text)\": \(reason)")
    }
}
