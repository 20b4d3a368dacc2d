/// Writes one value as JSON into a buffer of bytes.
struct JSONWriter {
    /// What stopped the writing, and the way to it from the root, innermost part first.
    struct Failure: Error {
        var code = HostError.Code.invalidArgument
        var reason: String
        var path: [String] = []

        func inside(_ part: String) -> Failure {
            var copy = self
            copy.path.append(part)
            return copy
        }

        var hostError: HostError {
            let place = path.isEmpty ? "" : " at \(JSONWriter.join(path))"
            return HostError(code, "cannot write JSON\(place): \(reason)")
        }
    }

    private let style: JSON.Style
    private let pretty: Bool
    private let limits: JSON.Limits
    private var out: [UInt8] = []

    /// What has been written, in UTF-8.
    var bytes: [UInt8] { out }

    init(style: JSON.Style, pretty: Bool, limits: JSON.Limits) {
        self.style = style
        self.pretty = pretty
        self.limits = limits
        out.reserveCapacity(128)
    }

    mutating func write(_ value: Value, depth: Int) throws(Failure) {
        switch value {
        case .null: put("null")
        case .boolean(let flag): put(flag ? "true" : "false")
        case .integer(let integer): put(integer.description)
        case .number(let number): try write(number)
        case .string(let text): quote(text)
        case .bytes(let bytes): try write(bytes)
        case .array(let elements): try write(elements, depth: try deeper(depth))
        case .object(let fields): try write(fields, depth: try deeper(depth))
        case .map(let entries): try write(entries, depth: try deeper(depth))
        }
        if out.count > limits.bytes {
            throw Failure(code: .limitExceeded, reason: "the text is longer than \(limits.bytes) bytes")
        }
    }

    private func deeper(_ depth: Int) throws(Failure) -> Int {
        if depth < limits.depth { return depth + 1 }
        throw Failure(code: .limitExceeded, reason: "tables are nested deeper than \(limits.depth) levels")
    }

    // MARK: scalars

    private mutating func write(_ number: Double) throws(Failure) {
        if number.isFinite { return put(number.description) }
        let name = number.isNaN ? "nan" : number > 0 ? "inf" : "-inf"
        guard style == .typed else { throw Failure(reason: "\(name) is not a JSON number") }
        put(#"{"$number":""#)
        put(name)
        put("\"}")
    }

    private mutating func write(_ bytes: [UInt8]) throws(Failure) {
        guard style == .typed else { throw Failure(reason: "the string is not valid UTF-8") }
        put(#"{"$bytes":""#)
        Base64.append(bytes, to: &out)
        put("\"}")
    }

    private mutating func quote(_ text: String, escapingDollar: Bool = false) {
        out.append(UInt8(ascii: "\""))
        if escapingDollar, text.utf8.first == UInt8(ascii: "$") { out.append(UInt8(ascii: "$")) }
        var text = text
        text.withUTF8 { bytes in
            var start = 0
            for index in bytes.indices where Self.needsEscape(bytes[index]) {
                out.append(contentsOf: bytes[start..<index])
                escape(bytes[index])
                start = index + 1
            }
            out.append(contentsOf: bytes[start...])
        }
        out.append(UInt8(ascii: "\""))
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): put("\\\"")
        case UInt8(ascii: "\\"): put("\\\\")
        case UInt8(ascii: "\n"): put("\\n")
        case UInt8(ascii: "\r"): put("\\r")
        case UInt8(ascii: "\t"): put("\\t")
        default:
            put(byte < 0x10 ? "\\u000" : "\\u00")
            put(String(byte, radix: 16))
        }
    }

    // MARK: tables

    private mutating func write(_ elements: [Value], depth: Int) throws(Failure) {
        put("[")
        for (index, element) in elements.enumerated() {
            separate(index == 0, depth)
            do {
                try write(element, depth: depth)
            } catch {
                throw error.inside("[\(index + 1)]")
            }
        }
        close("]", isEmpty: elements.isEmpty, depth)
    }

    private mutating func write(_ fields: [Value.Field], depth: Int) throws(Failure) {
        put("{")
        for (index, field) in fields.enumerated() {
            separate(index == 0, depth)
            quote(field.key, escapingDollar: style == .typed)
            put(pretty ? ": " : ":")
            do {
                try write(field.value, depth: depth)
            } catch {
                throw error.inside(field.key)
            }
        }
        close("}", isEmpty: fields.isEmpty, depth)
    }

    private mutating func write(_ entries: [Value.Entry], depth: Int) throws(Failure) {
        guard style == .typed else {
            throw Failure(reason: "the table's keys are neither all strings nor exactly 1 to n")
        }
        put(#"{"$map":["#)
        for (index, entry) in entries.enumerated() {
            separate(index == 0, depth)
            put("[")
            do {
                try write(entry.key, depth: depth)
                put(pretty ? ", " : ",")
                try write(entry.value, depth: depth)
            } catch {
                throw error.inside("[\(entry.key.keyText)]")
            }
            put("]")
        }
        close("]", isEmpty: entries.isEmpty, depth)
        put("}")
    }

    private mutating func separate(_ isFirst: Bool, _ depth: Int) {
        if !isFirst { put(",") }
        if pretty { newLine(depth) }
    }

    private mutating func close(_ bracket: StaticString, isEmpty: Bool, _ depth: Int) {
        if pretty, !isEmpty { newLine(depth - 1) }
        put(bracket)
    }

    private mutating func newLine(_ depth: Int) {
        out.append(UInt8(ascii: "\n"))
        out.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
    }

    private mutating func put(_ text: StaticString) {
        out.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func put(_ text: String) {
        out.append(contentsOf: text.utf8)
    }

    private static func join(_ innermostFirst: [String]) -> String {
        innermostFirst.reversed().reduce(into: "") { path, part in
            if !path.isEmpty, !part.hasPrefix("[") { path += "." }
            path += part
        }
    }
}

extension Value {
    /// This value as a table key in a path.
    fileprivate var keyText: String {
        switch self {
        case .integer(let integer): "\(integer)"
        case .number(let number): "\(number)"
        case .boolean(let flag): "\(flag)"
        case .string(let text): "\"\(text)\""
        default: typeName
        }
    }
}
