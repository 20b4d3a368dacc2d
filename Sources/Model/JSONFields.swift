/// The fields of a JSON object while it is read: in the order met, a repeated key keeps its place and takes the last value.
struct JSONFields {
    /// A key compared byte by byte; `String` would take two spellings of one accented letter for the same key.
    private struct Key: Hashable {
        let text: String

        static func == (lhs: Self, rhs: Self) -> Bool { lhs.text.utf8.elementsEqual(rhs.text.utf8) }

        func hash(into hasher: inout Hasher) {
            var text = text
            text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        }
    }

    /// From this many fields on, looking through all of them is dearer than an index.
    private static let indexThreshold = 16

    private(set) var list: [Value.Field] = []
    private var index: [Key: Int] = [:]

    var isEmpty: Bool { list.isEmpty }

    mutating func set(_ key: String, _ value: Value) {
        if let place = place(of: key) {
            list[place].value = value
            return
        }
        list.append(Value.Field(key, value))
        if list.count == Self.indexThreshold {
            for (place, field) in list.enumerated() { index[Key(text: field.key)] = place }
        } else if list.count > Self.indexThreshold {
            index[Key(text: key)] = list.count - 1
        }
    }

    private func place(of key: String) -> Int? {
        if list.count >= Self.indexThreshold { return index[Key(text: key)] }
        return list.firstIndex { Key(text: $0.key) == Key(text: key) }
    }
}
