/// Reads the named fields of a table that a person wrote, and collects every problem instead of stopping at the first.
///
/// A key that was never asked for is a problem in the end: `finish()`.
struct TableReader {
    /// Sentences, each beginning with the path of the field it is about.
    private(set) var problems: [String] = []
    private let path: String
    private let fields: [Value.Field]
    private var known: [String] = []

    /// `path` is how messages name the table itself, such as `policy`; empty for the outermost.
    init(_ table: Value, path: String = "") {
        self.path = path
        switch table {
        case .object(let fields): self.fields = fields
        case .array, .map:
            fields = []
            problems.append("\(path.isEmpty ? "the table" : path) has numbered entries; expected only named ones")
        default:
            fields = []
            problems.append("\(path.isEmpty ? "the table" : path) is \(table.shown()); expected a table")
        }
    }

    func name(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    func has(_ key: String) -> Bool { fields.contains { $0.key == key && $0.value != .null } }

    mutating func problem(_ key: String, _ text: String) { problems.append("\(name(of: key)) \(text)") }

    /// The field as it is; nil when it is absent.
    mutating func value(_ key: String) -> Value? {
        known.append(key)
        let value = fields.first { $0.key == key }?.value
        return value == .null ? nil : value
    }

    mutating func string(_ key: String) -> String? {
        convert(key, to: "a string") { $0.stringValue }
    }

    mutating func boolean(_ key: String) -> Bool? {
        convert(key, to: "true or false") { $0.boolValue }
    }

    mutating func integer(_ key: String, _ range: ClosedRange<Int>) -> Int? {
        convert(key, to: "a whole number from \(range.lowerBound) to \(range.upperBound)") {
            $0.integerValue.flatMap { Int(exactly: $0) }.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    mutating func number(_ key: String, _ range: ClosedRange<Double>, unit: String = "") -> Double? {
        convert(key, to: Self.expectation(range, unit)) {
            $0.doubleValue.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    private static func expectation(_ range: ClosedRange<Double>, _ unit: String) -> String {
        "a number from \(range.lowerBound.shown) to \(range.upperBound.shown)\(unit.isEmpty ? "" : " \(unit)")"
    }

    mutating func seconds(_ key: String, _ range: ClosedRange<Double>) -> Duration? {
        number(key, range, unit: "(seconds)").map(Duration.saturating(seconds:))
    }

    /// A size in bytes, as a number or as text such as "16MB".
    mutating func bytes(_ key: String, _ range: ClosedRange<Int>) -> Int? {
        convert(key, to: Self.expectation(range)) {
            MemorySize.parse($0).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    private static func expectation(_ range: ClosedRange<Int>) -> String {
        let bounds = [range.lowerBound, range.upperBound].map { MemorySize.shown($0).filter { $0 != " " } }
        return "\(bounds[0]) to \(bounds[1]), as \"16MB\", \"512KB\" or a number of bytes"
    }

    mutating func word<Word: RawRepresentable & CaseIterable>(_ key: String, _ type: Word.Type) -> Word?
    where Word.RawValue == String {
        guard let value = value(key) else { return nil }
        if let word = value.stringValue.flatMap(Word.init(rawValue:)) { return word }
        let words = Word.allCases.map(\.rawValue)
        let hint = value.stringValue.map { DidYouMean.hint(for: $0, in: words) } ?? ""
        let list = words.map { "\"\($0)\"" }.joined(separator: ", ")
        problem(key, "is \(value.shown())\(hint); expected one of \(list)")
        return nil
    }

    /// A list of strings; a single string is a list of one.
    mutating func strings(_ key: String) -> [String]? {
        convert(key, to: "a list of strings") { value in
            switch value {
            case .string(let text): return [text]
            case Value.emptyTable: return []
            case .array(let elements):
                let texts = elements.compactMap(\.stringValue)
                return texts.count == elements.count ? texts : nil
            default: return nil
            }
        }
    }

    /// Reads an inner table by `body`; its problems become this one's. Nil when it is absent.
    mutating func table<Result>(_ key: String, _ body: (inout TableReader) -> Result) -> Result? {
        guard let value = value(key) else { return nil }
        var inner = TableReader(value, path: name(of: key))
        let result = body(&inner)
        inner.finish()
        problems += inner.problems
        return result
    }

    /// Takes over what another check found.
    mutating func add(_ problems: [String]) { self.problems += problems }

    /// Every field's key, in order of the alphabet, all counted as asked for: for tables whose keys are free.
    mutating func allKeys() -> [String] {
        let keys = fields.map(\.key).sorted()
        known += keys
        return keys
    }

    /// Names the keys that nothing asked for.
    mutating func finish() {
        for key in fields.map(\.key).sorted() where !known.contains(key) {
            problem(
                key,
                "is not known\(DidYouMean.hint(for: key, in: known)); known are \(Set(known).sorted().joined(separator: ", "))"
            )
        }
    }

    /// The expectation is put into words only for a value that does not meet it.
    private mutating func convert<Result>(
        _ key: String, to expected: @autoclosure () -> String, _ body: (Value) -> Result?
    ) -> Result? {
        guard let value = value(key) else { return nil }
        if let result = body(value) { return result }
        problem(key, "is \(value.shown()); expected \(expected())")
        return nil
    }
}

extension TableReader {
    /// One error for all that was found, or nil: a sentence for one problem, a list for several.
    func error(in file: String) -> HostError? {
        guard let first = problems.first else { return nil }
        if problems.count == 1 { return HostError(.script, "\(file): \(first)") }
        let list = problems.map { "\n  - \($0)" }.joined()
        return HostError(.script, "\(file): \(problems.count) problems:\(list)")
    }
}
