extension ConfigSchema {
    /// More keys than this are refused.
    private static let mostKeys = 200

    /// Reads the `config` table of a declaration; problems go to `reader`, which stands on that table.
    init(_ reader: inout TableReader) {
        let names = reader.allKeys()
        if names.count > Self.mostKeys {
            reader.add(["config declares \(names.count) keys; at most \(Self.mostKeys) are allowed"])
        }
        var keys: [ConfigKey] = []
        for name in names.prefix(Self.mostKeys) {
            guard Self.isName(name) else {
                reader.problem(name, "is not a usable key: letters, digits and _ only, not beginning with a digit")
                continue
            }
            guard reader.value(name)?.isTable == true else {
                let example = #"{ type = "integer", default = 5 }"#
                reader.problem(name, "is \(reader.value(name)?.shown() ?? "nil"); expected a table such as \(example)")
                continue
            }
            if let key = reader.table(name, { ConfigKey(name, &$0) }) ?? nil { keys.append(key) }
        }
        self.init(keys)
    }

    private static func isName(_ text: String) -> Bool {
        let isLetter = { (byte: UInt8) in
            byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        }
        guard let first = text.utf8.first, isLetter(first), text.utf8.count <= 64 else { return false }
        return text.utf8.allSatisfy { isLetter($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}

extension ConfigKey {
    /// One entry of the `config` table; nil when its type is not known.
    fileprivate init?(_ name: String, _ reader: inout TableReader) {
        let type = reader.word("type", Kind.self)
        if !reader.has("type") {
            reader.problem(
                "type", "is missing; expected one of \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let anyNumber = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
        let minimum = reader.number("min", anyNumber)
        let maximum = reader.number("max", anyNumber)
        let oneOf = reader.value("one_of")
        let required = reader.boolean("required") ?? false
        let secret = reader.boolean("secret") ?? false
        let doc = reader.string("doc")
        let defaultValue = reader.value("default")
        guard let type else { return nil }
        self.init(
            name, type, minimum: minimum, maximum: maximum, isRequired: required, isSecret: secret, doc: doc)
        checkBounds(&reader)
        if let oneOf { readChoices(oneOf, &reader) }
        guard let defaultValue else { return }
        guard let accepted = accept(defaultValue) else {
            reader.problem("default", "is \(shown(defaultValue)); expected \(expectation)")
            return
        }
        self.defaultValue = accepted
    }

    private mutating func checkBounds(_ reader: inout TableReader) {
        if type == .boolean || type == .table, minimum != nil || maximum != nil {
            reader.problem("type", "is \"\(type.rawValue)\", which has no min or max")
            (minimum, maximum) = (nil, nil)
        }
        if let minimum, let maximum, minimum > maximum {
            reader.problem("min", "is \(minimum.shown), above max, which is \(maximum.shown)")
            (self.minimum, self.maximum) = (nil, nil)
        }
    }

    private mutating func readChoices(_ choices: Value, _ reader: inout TableReader) {
        guard case .array(let values) = choices else {
            reader.problem("one_of", "is \(choices.shown()); expected a list of the allowed values")
            return
        }
        guard values.allSatisfy({ accept($0) != nil }) else {
            reader.problem("one_of", "is \(choices.shown()); each must be \(expectation)")
            return
        }
        oneOf = values.compactMap(accept)
    }
}
