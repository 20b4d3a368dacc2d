import Model
import Testing

@testable import ControlAPI

@Suite struct AlertRouteTests {
    private func served() throws -> ServedHost {
        let served = try ServedHost()
        served.alerts.raise(.daemonFailed, "inbox")
        served.alerts.raise(.diskLow, "/srv", isOver: true)
        served.alerts.raise(.jobStuck, "7")
        return served
    }

    @Test(
        "alerts are listed newest first, by state",
        arguments: [
            ("", [3, 2, 1]), ("?state=all&limit=2", [3, 2]), ("?state=active", [3, 1]), ("?state=resolved", [2]),
        ])
    func list(query: String, ids: [Int64]) async throws {
        let answer = try await served().request("GET", "/api/alerts\(query)")
        guard case .array(let alerts)? = answer.json else {
            Issue.record("no list: \(answer.body)")
            return
        }
        #expect(alerts.map { $0["id"] } == ids.map { .integer($0) })
    }

    @Test("an alert has exactly the promised fields")
    func fields() async throws {
        let answer = try await served().request("GET", "/api/alerts?state=resolved")
        #expect(
            answer.body == """
                [{"id":2,"kind":"disk_low","subject":"/srv","message":"/srv is in trouble",\
                "raised_at":"1970-01-01T00:00:00.000Z","acknowledged_at":null,\
                "resolved_at":"1970-01-01T00:00:01.000Z"}]
                """)
    }

    @Test("acknowledging answers with the alert after it")
    func acknowledge() async throws {
        let answer = try await served().request("POST", "/api/alerts/1/acknowledge")
        #expect(answer.status == 200)
        #expect(answer.json?["acknowledged_at"] == "1970-01-01T00:00:02.000Z")
    }

    @Test(
        "what makes no sense is refused",
        arguments: [
            ("POST", "/api/alerts/9/acknowledge", 404), ("POST", "/api/alerts/x/acknowledge", 404),
            ("POST", "/api/alerts/0/acknowledge", 404), ("POST", "/api/alerts/2/acknowledge", 409),
            ("GET", "/api/alerts?state=loud", 400), ("GET", "/api/alerts?limit=0", 400),
            ("DELETE", "/api/alerts", 405),
        ])
    func refused(method: String, target: String, status: Int) async throws {
        #expect(try await served().request(method, target).status == status)
    }
}
