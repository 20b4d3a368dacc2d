import Model

/// Values as the bytes in which they cross the Lua seam: a tag, then the payload (see CLuaShim/codec.c).
enum WireTag {
    static let null: UInt8 = 0
    static let no: UInt8 = 1
    static let yes: UInt8 = 2
    static let integer: UInt8 = 3
    static let double: UInt8 = 4
    static let string: UInt8 = 5
    static let table: UInt8 = 6
}

extension Value {
    /// The wire form; what `init(wire:)` reads.
    package var wire: [UInt8] {
        var writer = WireWriter()
        writer.put(self)
        return writer.bytes
    }

    /// Reads one value; refuses bytes that are not one.
    package init(wire bytes: some Collection<UInt8>) throws(HostError) {
        let found = bytes.withContiguousStorageIfAvailable { Self.read(UnsafeRawBufferPointer($0)) }
        let value = found ?? Array(bytes).withUnsafeBytes { Self.read($0) }
        guard let value else { throw HostError(.internal, "a value from the script cannot be decoded") }
        self = value
    }

    static func read(_ bytes: UnsafeRawBufferPointer) -> Value? {
        guard !bytes.isEmpty else { return .null }
        var reader = WireReader(bytes: bytes)
        return reader.value()
    }

    /// The elements of a wire array; empty for anything else.
    static func readList(_ bytes: UnsafeRawBufferPointer) -> [Value] {
        guard bytes.count >= 9, bytes[0] == WireTag.table else { return [] }
        var reader = WireReader(bytes: bytes, at: 1)
        guard let count = reader.count(), reader.count() != nil else { return [] }
        // Most hooks and calls have one.
        if count == 1 { return reader.value().map { [$0] } ?? [] }
        var values: [Value] = []
        // Each takes a byte at least.
        values.reserveCapacity(min(count, bytes.count))
        for _ in 0..<count {
            guard let value = reader.value() else { return values }
            values.append(value)
        }
        return values
    }
}

/// Appends values in wire form.
struct WireWriter {
    private(set) var bytes: [UInt8] = []

    /// With room for a few scalars.
    init() { bytes.reserveCapacity(64) }

    mutating func put(_ value: Value) {
        switch value {
        case .null: bytes.append(WireTag.null)
        case .boolean(let flag): bytes.append(flag ? WireTag.yes : WireTag.no)
        case .integer(let integer):
            bytes.append(WireTag.integer)
            put(raw: integer)
        case .number(let number):
            bytes.append(WireTag.double)
            put(raw: number)
        case .string(let text): put(string: text.utf8)
        case .bytes(let raw): put(string: raw)
        case .array(let elements):
            beginTable(list: elements.count, pairs: 0)
            for element in elements { put(element) }
        case .object(let fields):
            beginTable(list: 0, pairs: fields.count)
            for field in fields {
                put(string: field.key.utf8)
                put(field.value)
            }
        case .map(let entries):
            beginTable(list: 0, pairs: entries.count)
            for entry in entries {
                put(entry.key)
                put(entry.value)
            }
        }
    }

    mutating func put(list values: [Value]) {
        beginTable(list: values.count, pairs: 0)
        for value in values { put(value) }
    }

    private mutating func beginTable(list: Int, pairs: Int) {
        bytes.append(WireTag.table)
        put(raw: UInt32(truncatingIfNeeded: list))
        put(raw: UInt32(truncatingIfNeeded: pairs))
    }

    private mutating func put(string: some Collection<UInt8>) {
        bytes.append(WireTag.string)
        put(raw: UInt32(truncatingIfNeeded: string.count))
        bytes.append(contentsOf: string)
    }

    private mutating func put(raw: some BitwiseCopyable) {
        withUnsafeBytes(of: raw) { bytes.append(contentsOf: $0) }
    }
}

/// Reads values in wire form; nil where the bytes are not what they should be.
struct WireReader {
    private let bytes: UnsafeRawBufferPointer
    private var position: Int
    /// A table nested deeper is refused.
    private static let depthLimit = 128
    private var depth = 0

    init(bytes: UnsafeRawBufferPointer, at position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    mutating func value() -> Value? {
        guard position < bytes.count else { return nil }
        let tag = bytes[position]
        position += 1
        switch tag {
        case WireTag.null: return .null
        case WireTag.no: return .boolean(false)
        case WireTag.yes: return .boolean(true)
        case WireTag.integer: return raw(Int64.self).map { .integer($0) }
        case WireTag.double: return raw(Double.self).map { .number($0) }
        case WireTag.string: return string()
        case WireTag.table: return table()
        default: return nil
        }
    }

    mutating func count() -> Int? { raw(UInt32.self).map { Int($0) } }

    private mutating func raw<Number: BitwiseCopyable>(_ type: Number.Type) -> Number? {
        let size = MemoryLayout<Number>.size
        guard bytes.count - position >= size else { return nil }
        defer { position += size }
        return bytes.loadUnaligned(fromByteOffset: position, as: type)
    }

    private mutating func string() -> Value? {
        guard let count = count(), bytes.count - position >= count else { return nil }
        defer { position += count }
        let slice = UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
        // Most are, and then it needs no generic validation.
        if slice.allSatisfy({ $0 < 0x80 }) { return .string(String(decoding: slice, as: UTF8.self)) }
        return String(validating: slice, as: UTF8.self).map { .string($0) } ?? .bytes(Array(slice))
    }

    private mutating func table() -> Value? {
        guard depth < Self.depthLimit, let list = count(), let pairs = count() else { return nil }
        guard list <= bytes.count - position, pairs <= bytes.count - position else { return nil }
        depth += 1
        defer { depth -= 1 }
        guard let elements = values(list), let entries = entries(pairs) else { return nil }
        return Self.table(elements, entries)
    }

    private mutating func values(_ count: Int) -> [Value]? {
        var values: [Value] = []
        values.reserveCapacity(count)
        for _ in 0..<count {
            guard let value = value() else { return nil }
            values.append(value)
        }
        return values
    }

    private mutating func entries(_ count: Int) -> [Value.Entry]? {
        var entries: [Value.Entry] = []
        entries.reserveCapacity(count)
        for _ in 0..<count {
            guard let key = value(), let value = value() else { return nil }
            entries.append(Value.Entry(key, value))
        }
        return entries
    }

    /// A list, named fields, or any other table.
    private static func table(_ elements: [Value], _ entries: [Value.Entry]) -> Value {
        if entries.isEmpty { return elements.isEmpty ? .emptyTable : .array(elements) }
        var fields: [Value.Field] = []
        for entry in entries {
            guard elements.isEmpty, case .string(let key) = entry.key else {
                let listed = elements.enumerated().map { Value.Entry(.integer(Int64($0.offset + 1)), $0.element) }
                return .map(listed + entries)
            }
            fields.append(Value.Field(key, entry.value))
        }
        return .object(fields)
    }
}
