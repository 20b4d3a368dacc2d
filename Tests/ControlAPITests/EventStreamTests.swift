import Model
import Platform
import Testing

@testable import ControlAPI

@Suite struct EventStreamTests {
    private func event(_ number: Int, _ daemon: String = "inbox") -> HostEvent {
        .log(LogEntry(at: WallTime(milliseconds: 0), daemon: daemon, level: .info, message: "line \(number)."))
    }

    /// The ids of the events in a stream as it came.
    private func ids(_ text: String) -> [Int] {
        text.split(separator: "\n\n").compactMap { block in
            let lines = block.split(whereSeparator: \.isNewline)
            guard lines.contains(where: { $0.hasPrefix("data:") }) else { return nil }
            return lines.first { $0.hasPrefix("id: ") }.flatMap { Int($0.dropFirst(4)) }
        }
    }

    private func open(_ served: ServedHost, _ target: String, _ headers: String = "") async throws -> RawClient {
        let client = try served.client()
        // Version 1.0 has no chunks: the stream comes as it is.
        try await client.send("GET \(target) HTTP/1.0\r\nHost: x\r\n\(headers)\r\n")
        return client
    }

    @Test("what happens is streamed as it happens, from now on")
    func live() async throws {
        let served = try ServedHost()
        served.events.publish([event(1)])
        let client = try await open(served, "/api/events")
        let head = try await client.receive { $0.contains("id: ") }
        #expect(head.lowercased().contains("content-type: text/event-stream"))
        #expect(head.contains("id: 1\n\n"))
        served.events.publish([event(2), event(3)])
        let text = try await client.receive { $0.contains("line 3.") }
        #expect(ids(text) == [2, 3])
        #expect(text.contains("event: log\ndata: {"))
    }

    @Test("a reconnect goes on after the last event without gap or repeat, however often")
    func resume() async throws {
        let served = try ServedHost()
        var seen: [Int] = []
        var last = 0
        for round in 0..<20 {
            served.events.publish((0..<5).map { event(round * 10 + $0) })
            let client = try await open(served, "/api/events", "Last-Event-ID: \(last)\r\n")
            served.events.publish((5..<10).map { event(round * 10 + $0) })
            let stop = "line \(round * 10 + Int.random(in: 0..<10))."
            let got = ids(try await client.receive { $0.contains(stop + "\"") && $0.hasSuffix("\n\n") })
            seen += got
            last = got.last ?? last
        }
        #expect(seen == Array(1...last))
        #expect(last > 150)
    }

    @Test("who was away too long is told of the gap, and goes on with what is kept")
    func missed() async throws {
        let served = try ServedHost(eventCapacity: 10)
        served.events.publish((1...30).map { event($0) })
        let text = try await open(served, "/api/events?follow=false", "Last-Event-ID: 5\r\n").receive()
        #expect(text.contains("event: missed\ndata: {\"after\":5}\n\n"))
        #expect(ids(text) == Array(21...30))
        let future = try await open(served, "/api/events?follow=false&after=1000").receive()
        #expect(future.contains("event: missed"))
        #expect(ids(future) == Array(21...30))
        let near = try await open(served, "/api/events?follow=false&after=20").receive()
        #expect(!near.contains("missed"))
        #expect(ids(near) == Array(21...30))
    }

    @Test("a stream that does not follow ends with what has happened, filtered by daemon and kind")
    func filters() async throws {
        let served = try ServedHost()
        var record = DaemonRecord(name: "inbox", type: "inbox")
        record.status = .running
        served.events.publish([event(1), event(2, "load"), .daemon(record), .removed(daemon: "old")])
        func selected(_ query: String) async throws -> [Int] {
            ids(try await open(served, "/api/events?follow=false" + query).receive())
        }
        #expect(try await selected("") == [1, 2, 3, 4])
        #expect(try await selected("&daemon=inbox") == [1, 3])
        #expect(try await selected("&kind=daemon,removed") == [3, 4])
    }

    @Test("a client that does not read holds nobody up and is left behind")
    func slowClient() async throws {
        let served = try ServedHost(limits: HTTPServer.Limits(silence: 1), eventCapacity: 100)
        let slow = try await open(served, "/api/events")
        let quick = try await open(served, "/api/events")
        _ = try await quick.receive { $0.contains("id: ") }
        let filler = String(repeating: "x", count: 10_000)
        for round in 0..<100 {
            served.events.publish(
                (0..<10).map { _ in
                    .log(LogEntry(at: WallTime(milliseconds: 0), daemon: "load", level: .info, message: filler))
                } + [event(round)])
            _ = try await quick.receive { $0.contains("line \(round).") }
        }
        // Ten megabytes were published; the server closes on a client that takes nothing for its time.
        await ServedHost.eventually("the slow client's stream ends") { served.server.openStreams == 1 }
        withExtendedLifetime(slow) {}
    }

    @Test("streams are told alive while nothing happens, and end when their client has gone")
    func keepAlive() async throws {
        let served = try ServedHost(limits: HTTPServer.Limits(silence: 120, keepAlive: .milliseconds(20)))
        var client: RawClient? = try await open(served, "/api/events")
        let text = try await client?.receive { $0.contains(":\n\n:\n\n") }
        #expect(text.map(ids) == [])
        #expect(served.server.openStreams == 1)
        client = nil
        await ServedHost.eventually("the stream of the client that went ends") { served.server.openStreams == 0 }
    }

    @Test("one stream too many is refused, and served when another has ended")
    func limit() async throws {
        let served = try ServedHost(limits: HTTPServer.Limits(streams: 1, silence: 120, keepAlive: .milliseconds(20)))
        var first: RawClient? = try await open(served, "/api/events")
        _ = try await first?.receive { $0.contains("id: ") }
        let refused = RawAnswer(try await open(served, "/api/events").receive())
        #expect(refused.status == 503)
        #expect(refused.header("retry-after") == "1")
        first = nil
        await ServedHost.eventually("the first stream ends") { served.server.openStreams == 0 }
        let second = try await open(served, "/api/events")
        #expect(try await second.receive { $0.contains("id: ") }.contains("200 OK"))
    }

    @Test("a place in the stream that is no number is refused", arguments: ["x", "-1", "1.5"])
    func badPlace(place: String) async throws {
        let answer = try await ServedHost().request("GET", "/api/events", headers: ["Last-Event-ID: \(place)"])
        #expect(answer.status == 400)
        #expect(answer.detail == "Last-Event-ID is '\(place)'; expected the number of an event")
    }

    @Test("publishers on many threads lose nothing for a reader")
    func concurrent() async throws {
        let served = try ServedHost(eventCapacity: 10_000)
        let client = try await open(served, "/api/events")
        _ = try await client.receive { $0.contains("id: ") }
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask { for number in 0..<200 { served.events.publish([event(task * 1_000 + number)]) } }
            }
        }
        let text = try await client.receive { $0.contains("id: 1600\n") && $0.hasSuffix("\n\n") }
        #expect(ids(text) == Array(1...1_600))
    }
}
