/// Values as JSON text and back.
package enum JSON {
    /// How values that JSON has no word for are treated.
    package enum Style: Sendable, Hashable {
        /// Ordinary JSON; what it cannot say (NaN, bytes, tables with other than string keys) is refused.
        case plain
        /// Lossless: such values become tagged objects, and keys that begin with `$` get a second one.
        ///
        /// `{"$bytes": base64}`, `{"$number": "nan" | "inf" | "-inf"}`, `{"$map": [[key, value], …]}`.
        case typed
    }

    /// Bounds on what is written or read; beyond them the answer is `limitExceeded`.
    package struct Limits: Sendable, Hashable {
        /// Tables inside tables.
        package var depth: Int
        /// The size of the text in UTF-8.
        package var bytes: Int

        package init(depth: Int = 100, bytes: Int = 16 << 20) {
            self.depth = depth
            self.bytes = bytes
        }
    }

    /// The text for `value`, on one line, or indented by two spaces when `pretty`.
    ///
    /// Integers stay integers; a float is the shortest text that reads back as the same float, and always looks
    /// like one (`1.0`). An error names the path to the offending field.
    package static func encode(
        _ value: Value, style: Style = .plain, pretty: Bool = false, limits: Limits = .init()
    ) throws(HostError) -> String {
        String(decoding: try bytes(of: value, style: style, pretty: pretty, limits: limits), as: UTF8.self)
    }

    /// The same text in UTF-8, for those who send it on.
    package static func bytes(
        of value: Value, style: Style = .plain, pretty: Bool = false, limits: Limits = .init()
    ) throws(HostError) -> [UInt8] {
        var writer = JSONWriter(style: style, pretty: pretty, limits: limits)
        do {
            try writer.write(value, depth: 0)
        } catch {
            throw error.hostError
        }
        return writer.bytes
    }

    /// The value that `text` says; of keys that occur twice the last one counts.
    ///
    /// `[]` and `{}` are both the empty table. Whole numbers beyond 64 bits become floats. An error gives line,
    /// column and what was expected. Cost: one pass.
    package static func decode(
        _ text: String, style: Style = .plain, limits: Limits = .init()
    ) throws(HostError) -> Value {
        var text = text
        return try text.withUTF8 { parse($0, style, limits) }.get()
    }

    /// The same for UTF-8 bytes; invalid UTF-8 is an error.
    package static func decode(
        _ bytes: some Collection<UInt8>, style: Style = .plain, limits: Limits = .init()
    ) throws(HostError) -> Value {
        if let result = bytes.withContiguousStorageIfAvailable({ parse($0, style, limits) }) {
            return try result.get()
        }
        return try Array(bytes).withUnsafeBufferPointer { parse($0, style, limits) }.get()
    }

    private static func parse(
        _ bytes: UnsafeBufferPointer<UInt8>, _ style: Style, _ limits: Limits
    ) -> Result<Value, HostError> {
        guard bytes.count <= limits.bytes else {
            return .failure(
                HostError(
                    .limitExceeded, "JSON of \(bytes.count) bytes is refused: at most \(limits.bytes) are allowed"))
        }
        var parser = JSONParser(bytes, style: style, maxDepth: limits.depth)
        do {
            return .success(try parser.document())
        } catch {
            return .failure(error)
        }
    }
}
