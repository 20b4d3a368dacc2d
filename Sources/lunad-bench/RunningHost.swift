import BenchFloors
import Glibc
import Model
import Platform

/// A host at work, seen from outside: its API, its database, and what the system knows of the process.
final class RunningHost {
    private let child: Child
    private let database: String
    let socket: String
    /// Where answers are put: made once, so that no measurement pays for a fresh megabyte.
    private var answer = [CChar](repeating: 0, count: 1 << 20)

    init(child: Child, socket: String, database: String) {
        self.child = child
        self.socket = socket
        self.database = database
    }

    func stop() throws(BenchError) {
        guard child.terminate() == 0 else { throw BenchError("the host did not stop in good order") }
    }

    // MARK: - What it answers

    var answers: Bool { (try? get("/health")) != nil }

    func get(_ path: String) throws(BenchError) -> String { try exchange("GET", path, "") }

    func post(_ path: String, _ body: String = "") throws(BenchError) -> String { try exchange("POST", path, body) }

    /// How long a request took from its first byte to the end of its answer, without what is done with that here.
    func seconds(ofPost path: String, _ body: String) throws(BenchError) -> Double {
        let request = Self.request("POST", path, body)
        let start = monotonicSeconds()
        let length = bench_http_exchange(socket, request, &answer, answer.count)
        let seconds = monotonicSeconds() - start
        _ = try content(ofAnswer: length, to: "POST \(path)")
        return seconds
    }

    /// The request, for a client that keeps its connection.
    static func request(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: lunad\r\n\r\n" }

    private func exchange(_ method: String, _ path: String, _ body: String) throws(BenchError) -> String {
        let length = bench_http_exchange(socket, Self.request(method, path, body), &answer, answer.count)
        return try content(ofAnswer: length, to: "\(method) \(path)")
    }

    private static func request(_ method: String, _ path: String, _ body: String) -> String {
        """
        \(method) \(path) HTTP/1.1\r\nHost: lunad\r\nConnection: close\r\nContent-Type: application/json\r\n\
        Content-Length: \(body.utf8.count)\r\n\r\n\(body)
        """
    }

    private func content(ofAnswer length: Int, to request: String) throws(BenchError) -> String {
        guard length > 0 else { throw BenchError("the host does not answer \(request)") }
        let text = String(decoding: answer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard text.hasPrefix("HTTP/1.1 2"), let end = text.firstRange(of: "\r\n\r\n") else {
            throw BenchError("\(request): \(text)")
        }
        return String(text[end.upperBound...])
    }

    /// A value of `/metrics` that has no labels.
    func metric(_ name: String) throws(BenchError) -> Double {
        let line = try get("/metrics").split(separator: "\n").first { $0.hasPrefix(name + " ") }
        guard let value = line?.split(separator: " ").last.flatMap({ Double($0) }) else {
            throw BenchError("/metrics does not tell \(name)")
        }
        return value
    }

    /// Runs a job to its end; the number that is its result.
    func result(ofJob type: String, what: String) throws(BenchError) -> Double {
        let answer = try post("/api/jobs", #"{"type":"\#(type)","args":{"what":"\#(what)"}}"#)
        guard let id = (try? JSON.decode(Array(answer.utf8)))?["id"]?.integerValue else {
            throw BenchError("no job in \(answer)")
        }
        var result = Double.nan
        let sql = "SELECT CAST(result AS REAL) FROM jobs WHERE status = 'completed' AND id = \(id)"
        try wait(for: "job \(id) of type \(type)", within: 60) {
            result = bench_sqlite_number(database, sql)
            return !result.isNaN
        }
        return result
    }

    // MARK: - What the system knows

    private func fields(_ file: String) -> [Substring] {
        guard let bytes = try? Files.read("/proc/\(child.pid)/\(file)", limit: 1 << 16) else { return [] }
        return String(decoding: bytes, as: UTF8.self).split { $0 == " " || $0 == "\n" || $0 == "\t" }
    }

    /// Resident memory.
    var residentBytes: Double {
        let fields = fields("statm")
        return fields.count > 1 ? (Double(fields[1]) ?? 0) * Double(sysconf(Int32(_SC_PAGESIZE))) : 0
    }

    /// Processor time so far.
    var cpuSeconds: Double {
        var clock = clockid_t()
        var time = timespec()
        guard clock_getcpuclockid(child.pid, &clock) == 0, clock_gettime(clock, &time) == 0 else { return 0 }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// How often each of its threads has gone to sleep so far.
    var sleeps: [String: Double] {
        let threads = (try? Files.list("/proc/\(child.pid)/task")) ?? []
        let counts = threads.compactMap { thread -> (String, Double)? in
            let words = fields("task/\(thread)/status")
            guard let place = words.firstIndex(of: "voluntary_ctxt_switches:"), place + 1 < words.count else {
                return nil
            }
            return Double(words[place + 1]).map { (thread, $0) }
        }
        return Dictionary(uniqueKeysWithValues: counts)
    }
}
