/// One event of a stream as it arrived.
struct ServerSentEvent: Sendable, Hashable {
    var id: String
    var kind: String
    var data: String
}

/// Takes a stream of server-sent events apart (WHATWG HTML, "Server-sent events"); lines may come in pieces.
struct ServerSentEventParser {
    /// A longer line is given up with its event.
    private static let longestLine = 16 << 20

    private var line: [UInt8] = []
    private var id = ""
    private var kind = ""
    private var data: [String] = []

    /// The events that this piece completes.
    mutating func take(_ piece: some Sequence<UInt8>) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        for byte in piece {
            if byte == UInt8(ascii: "\n") {
                if let event = end(String(decoding: line, as: UTF8.self)) { events.append(event) }
                line.removeAll(keepingCapacity: true)
            } else if byte != UInt8(ascii: "\r"), line.count < Self.longestLine {
                line.append(byte)
            }
        }
        return events
    }

    private mutating func end(_ line: String) -> ServerSentEvent? {
        guard !line.isEmpty else { return dispatch() }
        let sides = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        var value = sides.count > 1 ? sides[1] : ""
        if value.hasPrefix(" ") { value = value.dropFirst() }
        switch sides[0] {
        case "id": id = String(value)
        case "event": kind = String(value)
        case "data": data.append(String(value))
        default: break
        }
        return nil
    }

    private mutating func dispatch() -> ServerSentEvent? {
        defer {
            kind = ""
            data = []
        }
        guard !data.isEmpty else { return nil }
        return ServerSentEvent(id: id, kind: kind.isEmpty ? "message" : kind, data: data.joined(separator: "\n"))
    }
}
