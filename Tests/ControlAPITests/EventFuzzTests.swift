import Model
import Testing

@testable import ControlAPI

/// The address of the event stream before queries and headers that nobody would think of; the same ones each time.
@Suite struct EventFuzzTests {
    private static let names = ["after", "follow", "daemon", "kind", "Kind", "", "after%00", "f%6Fllow", "%", "x"]
    private static let values = [
        "", "0", "1", "-1", "+1", "1e3", "0x1", "9223372036854775807", "9223372036854775808", "true", "false", "TRUE",
        "log", "log,daemon", ",", "log,,job", "logs", "inbox", "in%62ox", "%00", "%FF", "%E2%82", "%zz", "a+b", "=",
        "?",
        "null", "[]", "{}", "'--", "../..", "%2F", "%0D%0A", "\u{1F980}",
    ]

    private static func query(_ dice: inout Dice) -> String {
        let pairs = (0..<dice.below(5)).map { _ in
            let name = names[dice.below(names.count)]
            return dice.below(8) == 0 ? name : "\(name)=\(values[dice.below(values.count)])"
        }
        return pairs.isEmpty ? "" : "?" + pairs.joined(separator: dice.below(10) == 0 ? "&&" : "&")
    }

    @Test("every query and every place is answered by events or by a problem of the request's", arguments: 0..<20)
    func selections(seed: Int) async throws {
        let served = try ServedHost()
        let router = Router(routes: served.server.routes)
        var dice = Dice(seed: UInt64(seed))
        for _ in 0..<250 {
            var headers: [String: String] = [:]
            if dice.below(3) == 0 { headers["last-event-id"] = Self.values[dice.below(Self.values.count)] }
            let target = "/api/events" + Self.query(&dice)
            let response = await router.respond(to: HTTPRequest(method: "GET", target: target, headers: headers))
            switch response.body {
            case .events(let selection):
                #expect(response.status == 200 && (selection.after ?? 0) >= 0, "\(target) \(headers)")
            case .bytes(let bytes):
                #expect(response.status == 400, "\(target) \(headers)")
                #expect((try? JSON.decode(bytes))?["detail"]?.stringValue?.isEmpty == false, "\(target)")
            }
        }
    }

    @Test("bytes that are no request to the event stream harm neither the host nor its other clients", arguments: 0..<4)
    func bytes(seed: Int) async throws {
        let served = try ServedHost(
            limits: HTTPServer.Limits(streams: 1_000, silence: 120, keepAlive: .milliseconds(20)))
        var dice = Dice(seed: UInt64(1_000 + seed))
        for _ in 0..<60 {
            let client = try served.client()
            var request = Array("GET /api/events\(Self.query(&dice)) HTTP/1.0\r\nHost: x\r\n".utf8)
            if dice.below(2) == 0 { request += Array("Last-Event-ID: \(dice.below(9))\r\n".utf8) }
            for _ in 0..<dice.below(4) { request[dice.below(request.count)] = UInt8(dice.below(256)) }
            try await client.send(request + Array("\r\n\r\n".utf8))
        }
        #expect(try await served.request("GET", "/health").status == 200)
        await ServedHost.eventually("the streams of those that went end") { served.server.openStreams == 0 }
    }
}

/// Numbers that are the same for the same seed.
private struct Dice {
    private var state: UInt64

    init(seed: UInt64) { state = seed &+ 0x9E37_79B9_7F4A_7C15 }

    mutating func below(_ count: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(count))
    }
}
