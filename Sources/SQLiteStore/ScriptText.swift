/// A text of several statements, consumed from the front, that knows on which line each begins.
struct ScriptText {
    private let text: [UInt8]
    private var start = 0

    init(_ text: String) { self.text = Array(text.utf8) }

    /// What is left; nil at the end.
    var rest: ArraySlice<UInt8>? { start < text.count ? text[start...] : nil }

    mutating func advance(by bytes: Int) { start = min(start + bytes, text.count) }

    /// The line, from 1, of the byte `offset` of the rest; without one, of its first character that is no space.
    func line(at offset: Int?) -> Int {
        let blank = text[start...].prefix { [9, 10, 13, 32].contains($0) }.count
        let place = min(start + (offset ?? blank), text.count)
        return 1 + text[..<place].count { $0 == 10 }
    }
}
