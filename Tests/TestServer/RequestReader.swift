import Glibc

/// Reads requests from a connection, one after another.
struct RequestReader {
    private let connection: Int32
    private var buffer: [UInt8] = []

    init(_ connection: Int32) { self.connection = connection }

    /// Nil at the end.
    mutating func next() -> TestServer.Request? {
        guard let head = readHead() else { return nil }
        let lines = head.split(separator: "\r\n", omittingEmptySubsequences: false)
        let words = (lines.first ?? "").split(separator: " ")
        guard words.count >= 2 else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        while buffer.count < length { guard fill() else { return nil } }
        let body = Array(buffer.prefix(length))
        buffer.removeFirst(length)
        return TestServer.Request(method: String(words[0]), target: String(words[1]), headers: headers, body: body)
    }

    /// Up to the empty line, which goes too.
    private mutating func readHead() -> String? {
        let end = Array("\r\n\r\n".utf8)
        while true {
            // What begins otherwise is no HTTP.
            if let first = buffer.first, !(65...90).contains(first) { return nil }
            if buffer.count >= end.count {
                for start in 0...(buffer.count - end.count) where Array(buffer[start..<(start + end.count)]) == end {
                    defer { buffer.removeFirst(start + end.count) }
                    return String(decoding: buffer[..<start], as: UTF8.self)
                }
            }
            guard fill() else { return nil }
        }
    }

    private mutating func fill() -> Bool {
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(connection, &piece, piece.count, 0)
        guard count > 0 else { return false }
        buffer.append(contentsOf: piece[..<count])
        return true
    }
}
