/// What a server answered, whatever its status.
package struct WebAnswer: Sendable, Hashable {
    package var status: Int
    /// In the order in which they came, names in small letters.
    package var headers: [WebHeader]
    /// Unpacked, when the server had packed it.
    package var body: [UInt8]
    /// Where it came from in the end.
    package var url: String
    /// From the request to the last byte.
    package var seconds: Double

    package init(status: Int, headers: [WebHeader], body: [UInt8], url: String, seconds: Double) {
        self.status = status
        self.headers = headers
        self.body = body
        self.url = url
        self.seconds = seconds
    }

    /// The first header of that name, in small letters.
    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// The table that a script gets. Headers that came more than once are joined by a comma, cookies by a line feed.
    package var value: Value {
        var joined: [Value.Field] = []
        for header in headers {
            guard let index = joined.firstIndex(where: { $0.key == header.name }) else {
                joined.append(.init(header.name, .string(header.value)))
                continue
            }
            let separator = header.name == "set-cookie" ? "\n" : ", "
            joined[index].value = .string((joined[index].value.stringValue ?? "") + separator + header.value)
        }
        return [
            "status": .integer(Int64(status)), "ok": .boolean((200..<300).contains(status)),
            "headers": .object(joined),
            "body": String(validating: body, as: UTF8.self).map { .string($0) } ?? .bytes(body),
            "url": .string(url), "seconds": .number(seconds),
        ]
    }
}
