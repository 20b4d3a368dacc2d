import CCurl
import Model
import Platform

/// Speaks to the host of a project through its socket.
struct ControlClient: Sendable {
    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    /// The largest answer that is taken, in bytes.
    private static let largestAnswer = 64 << 20
    /// Longer than the host waits for any daemon, in seconds.
    private static let patience = 90

    private let socket: String
    private let blocking: BlockingPool

    init(_ project: ProjectFolder) throws(HostError) {
        socket = project.socket
        blocking = try BlockingPool(name: "lunad-client", maxThreads: 4)
    }

    /// The address for `parts`, each escaped, with the query's pairs that have a value.
    static func target(_ parts: [String], _ query: [(String, String?)] = []) -> String {
        let path = parts.map { "/" + escape($0) }.joined()
        let pairs = query.compactMap { name, value in value.map { "\(name)=\(escape($0))" } }
        return pairs.isEmpty ? path : path + "?" + pairs.joined(separator: "&")
    }

    /// The answer's value, null when it has none. `unavailable` when no host is running; the host's own error else.
    /// An answer with the status `accepting` is as good as one that tells of success.
    func call(
        _ method: Method, _ parts: [String], query: [(String, String?)] = [], body: Value? = nil,
        accepting status: Int? = nil
    ) async throws(HostError) -> Value {
        try await blocking.run { () throws(HostError) in
            try callHere(method, parts, query: query, body: body, accepting: status)
        }
    }

    /// The same on the calling thread, which waits.
    func callHere(
        _ method: Method, _ parts: [String], query: [(String, String?)] = [], body: Value? = nil,
        accepting status: Int? = nil
    ) throws(HostError) -> Value {
        let text = try body.map { (body) throws(HostError) in try JSON.encode(body) }
        return try Self.exchange(socket, method, Self.target(parts, query), body: text, accepting: status)
    }

    /// Gives each event to `receive` until that answers false or the stream ends.
    func events(
        _ query: [(String, String?)], _ receive: @escaping @Sendable (ServerSentEvent) -> Bool
    ) async throws(HostError) {
        let target = Self.target(["api", "events"], query)
        let socket = socket
        try await blocking.run { () throws(HostError) in try Self.follow(socket, target, receive) }
    }

    // MARK: - On a thread that may wait

    private static func exchange(
        _ socket: String, _ method: Method, _ target: String, body: String?, accepting accepted: Int?
    ) throws(HostError) -> Value {
        let place = try reach(socket)
        let handle = try EasyHandle()
        prepare(handle, place.path, target)
        handle.set(CURLOPT_TIMEOUT, patience)
        handle.set(CURLOPT_CUSTOMREQUEST, method.rawValue)
        if let body {
            handle.add(header: "Content-Type: application/json")
            handle.set(CURLOPT_COPYPOSTFIELDS, body)
        }
        var answer: [UInt8] = []
        let status: Int
        do throws(EasyHandle.Failure) {
            status = try handle.perform { piece in
                answer.append(contentsOf: piece)
                return answer.count <= largestAnswer
            }
        } catch {
            throw explain(error)
        }
        guard (200..<300).contains(status) || status == accepted else { throw problem(answer, status) }
        return answer.isEmpty
            ? .null : try JSON.decode(answer, style: .typed, limits: .init(depth: 210, bytes: largestAnswer))
    }

    private static func follow(
        _ socket: String, _ target: String, _ receive: @escaping (ServerSentEvent) -> Bool
    ) throws(HostError) {
        let place = try reach(socket)
        let handle = try EasyHandle()
        prepare(handle, place.path, target)
        var parser = ServerSentEventParser()
        var start: [UInt8] = []
        var isEnough = false
        let answered: Int
        do throws(EasyHandle.Failure) {
            let status = try handle.perform { piece in
                if start.count < 4_096 { start.append(contentsOf: piece.prefix(4_096)) }
                for event in parser.take(piece) where !isEnough { isEnough = !receive(event) }
                return !isEnough
            }
            answered = status
        } catch {
            // A host that ends does not wait until its clients have heard the last.
            if isEnough || !start.isEmpty { return }
            throw explain(error)
        }
        if answered != 200 { throw problem(start, answered) }
    }

    private static func reach(_ socket: String) throws(HostError) -> SocketPath {
        guard try Files.facts(of: socket) != nil else { throw noHost }
        return try SocketPath(socket)
    }

    private static func prepare(_ handle: EasyHandle, _ socket: String, _ target: String) {
        handle.set(CURLOPT_UNIX_SOCKET_PATH, socket)
        handle.set(CURLOPT_URL, "http://lunad" + target)
        handle.set(CURLOPT_PATH_AS_IS, 1)
        // A proxy of the environment is for the network.
        handle.set(CURLOPT_PROXY, "")
        handle.set(CURLOPT_CONNECTTIMEOUT, 10)
    }

    private static func explain(_ failure: EasyHandle.Failure) -> HostError {
        if failure.isUnreachable { return noHost }
        if failure.isTimeout { return HostError(.timeout, "the host did not answer within \(patience) seconds") }
        if failure.wasStopped { return HostError(.limitExceeded, "the host's answer is larger than can be taken") }
        return HostError(.io, "the host ended the conversation", cause: failure.description)
    }

    private static let noHost = HostError(.unavailable, "no host is running here: try 'lunad run'")

    /// The error that a problem object tells.
    private static func problem(_ body: [UInt8], _ status: Int) -> HostError {
        let object = try? JSON.decode(body)
        let code = object?["code"]?.stringValue.flatMap(HostError.Code.init(rawValue:)) ?? .internal
        return HostError(code, object?["detail"]?.stringValue ?? "the host answered with status \(status)")
    }

    private static func escape(_ text: String) -> String {
        var escaped = ""
        for byte in text.utf8 {
            let scalar = Unicode.Scalar(byte)
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".", "~": escaped.unicodeScalars.append(scalar)
            default: escaped += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return escaped
    }
}
