import CSQLite

/// Text functions in place of SQLite's own, whose time grows with the product of their arguments' sizes.
///
/// SQLite can interrupt a statement between two instructions, not within a function; with these no call is long.
enum BoundedFunctions {
    /// The longest set of characters that `trim` takes, in bytes.
    static let maxTrimSet = 1_000
    /// The longest pattern of LIKE and GLOB, in bytes.
    static let maxPattern: Int32 = 256

    static func install(on handle: OpaquePointer) {
        _ = sqlite3_limit(handle, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, maxPattern)
        let flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS
        sqlite3_create_function_v2(
            handle, "instr", 2, flags, nil, { BoundedFunctions.instr($0, BoundedFunctions.Arguments($1, $2)) }, nil,
            nil, nil)
        sqlite3_create_function_v2(
            handle, "replace", 3, flags, nil, { BoundedFunctions.replace($0, BoundedFunctions.Arguments($1, $2)) }, nil,
            nil, nil)
        sqlite3_create_function_v2(
            handle, "trim", 2, flags, nil,
            { BoundedFunctions.trim($0, BoundedFunctions.Arguments($1, $2), start: true, end: true) }, nil, nil, nil)
        sqlite3_create_function_v2(
            handle, "ltrim", 2, flags, nil,
            { BoundedFunctions.trim($0, BoundedFunctions.Arguments($1, $2), start: true, end: false) }, nil, nil, nil)
        sqlite3_create_function_v2(
            handle, "rtrim", 2, flags, nil,
            { BoundedFunctions.trim($0, BoundedFunctions.Arguments($1, $2), start: false, end: true) }, nil, nil, nil)
    }

    /// The arguments of one call.
    private struct Arguments {
        let values: UnsafeMutablePointer<OpaquePointer?>?

        init(_ count: Int32, _ values: UnsafeMutablePointer<OpaquePointer?>?) { self.values = count > 0 ? values : nil }

        func type(_ index: Int) -> Int32 { sqlite3_value_type(values?[index]) }

        func isNull(_ index: Int) -> Bool { type(index) == SQLITE_NULL }

        /// The argument as text, in UTF-8.
        func text(_ index: Int) -> UnsafeRawBufferPointer {
            let start = sqlite3_value_text(values?[index])
            return UnsafeRawBufferPointer(
                start: start, count: start == nil ? 0 : Int(sqlite3_value_bytes(values?[index])))
        }

        func blob(_ index: Int) -> UnsafeRawBufferPointer {
            let start = sqlite3_value_blob(values?[index])
            return UnsafeRawBufferPointer(
                start: start, count: start == nil ? 0 : Int(sqlite3_value_bytes(values?[index])))
        }
    }

    /// Where the second begins in the first, from 1, in characters or, of two blobs, in bytes; 0 when nowhere.
    private static func instr(_ context: OpaquePointer?, _ arguments: Arguments) {
        guard !arguments.isNull(0), !arguments.isNull(1) else { return sqlite3_result_null(context) }
        let areBlobs = arguments.type(0) == SQLITE_BLOB && arguments.type(1) == SQLITE_BLOB
        let whole = areBlobs ? arguments.blob(0) : arguments.text(0)
        let part = areBlobs ? arguments.blob(1) : arguments.text(1)
        guard let offset = TextSearch(for: part).find(in: whole) else { return sqlite3_result_int64(context, 0) }
        let before = areBlobs ? offset : whole[..<offset].count { $0 & 0xc0 != 0x80 }
        sqlite3_result_int64(context, Int64(before + 1))
    }

    /// The first with each occurrence of the second replaced by the third.
    private static func replace(_ context: OpaquePointer?, _ arguments: Arguments) {
        guard !arguments.isNull(0), !arguments.isNull(1), !arguments.isNull(2) else {
            return sqlite3_result_null(context)
        }
        let whole = arguments.text(0)
        let part = arguments.text(1)
        let substitute = arguments.text(2)
        let search = TextSearch(for: part)
        var result: [UInt8] = []
        var rest = whole
        while !part.isEmpty, let offset = search.find(in: rest) {
            result += rest[..<offset]
            result += substitute
            guard result.count <= Int(Connection.maxLength) else { return sqlite3_result_error_toobig(context) }
            rest = UnsafeRawBufferPointer(rebasing: rest[(offset + part.count)...])
        }
        result += rest
        result.withUnsafeBytes { give($0, to: context) }
    }

    /// The first without those of its first and last characters that occur in the second.
    private static func trim(_ context: OpaquePointer?, _ arguments: Arguments, start: Bool, end: Bool) {
        guard !arguments.isNull(0), !arguments.isNull(1) else { return sqlite3_result_null(context) }
        let set = arguments.text(1)
        guard set.count <= maxTrimSet else {
            return sqlite3_result_error(context, "trim takes at most \(maxTrimSet) bytes of characters", -1)
        }
        let characters = split(set)
        var rest = arguments.text(0)
        while start, let met = characters.first(where: { rest.starts(with: $0) }) {
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(met.count))
        }
        while end,
            let met = characters.first(where: { rest.suffix($0.count).elementsEqual($0) && rest.count >= $0.count })
        {
            rest = UnsafeRawBufferPointer(rebasing: rest.dropLast(met.count))
        }
        give(rest, to: context)
    }

    /// The characters of a UTF-8 text.
    private static func split(_ text: UnsafeRawBufferPointer) -> [Slice<UnsafeRawBufferPointer>] {
        var characters: [Slice<UnsafeRawBufferPointer>] = []
        var begin = text.startIndex
        while begin < text.endIndex {
            let end = text[(begin + 1)...].firstIndex { $0 & 0xc0 != 0x80 } ?? text.endIndex
            characters.append(text[begin..<end])
            begin = end
        }
        return characters
    }

    private static func give(_ text: UnsafeRawBufferPointer, to context: OpaquePointer?) {
        let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        let characters = text.bindMemory(to: CChar.self)
        sqlite3_result_text64(
            context, characters.baseAddress ?? emptyText, UInt64(characters.count), copied, UInt8(SQLITE_UTF8))
    }
}
