import CMicroHTTPD
import Glibc
import Model
import Platform
import Synchronization

/// One listener with one thread of libmicrohttpd's. That thread never waits: what a look at the present answers is
/// answered there; any other request that has arrived is answered by a task while its connection is suspended.
final class HTTPServer: Sendable {
    typealias Responder = @Sendable (HTTPRequest) async -> HTTPResponse
    /// Answers a request without a body, by its method and target, if that takes a look alone. Runs on the server's own
    /// thread, where it holds up all other connections: it never waits, and its cost does not grow with the target or the
    /// project.
    typealias QuickResponder = @Sendable (_ method: String, _ target: String) -> HTTPResponse?

    /// What a client may take of the host.
    struct Limits: Sendable {
        /// Connections at a time; further ones wait to be accepted.
        var connections = 512
        /// Streams of events at a time.
        var streams = 100
        /// The largest body, in bytes.
        var body = 1 << 20
        /// Request line and headers, and what is buffered of an answer, in bytes a connection. The library clears all of it
        /// after each request.
        var connectionMemory = 32 << 10
        /// A connection on which nothing moves for so long is closed, in whole seconds.
        var silence = 10
        /// A request has to arrive in full in this time, however slowly it moves.
        var arrival = Duration.seconds(30)
        /// On TCP: connections that one address may have at a time; further ones are closed at once.
        var addressConnections = 128
        /// On TCP: requests that one address may make at once, and each second in the long run.
        var requestBurst = 300.0
        var requestRate = 100.0
        /// A stream without events says so often that it is alive.
        var keepAlive = Duration.seconds(15)
    }

    private struct State {
        var daemon: Daemon?
        var isStopping = false
        var waiting: [ObjectIdentifier: (exchange: Exchange, connection: Connection)] = [:]
        var streams: [ObjectIdentifier: EventStream] = [:]
    }

    /// Unchecked: the library's handle is used for stopping only, by whoever takes it out of the state.
    private struct Daemon: @unchecked Sendable {
        let raw: OpaquePointer
    }

    private let limits: Limits
    private let rules: AccessRules
    private let hub: EventHub
    private let executor: RequestExecutor
    private let respond: Responder
    private let respondAtOnce: QuickResponder
    private let arrivals: ArrivalWatch
    private let limiter: Mutex<RateLimiter<ClientAddress>>
    private let clock = SystemClock()
    private let state = Mutex(State())

    /// Serves the listening socket `descriptor`, which becomes the server's, until `stop`.
    init(
        descriptor: Int32, rules: AccessRules, hub: EventHub, limits: Limits, executor: RequestExecutor,
        respondAtOnce: @escaping QuickResponder = { _, _ in nil }, respond: @escaping Responder
    ) throws(HostError) {
        self.limits = limits
        self.rules = rules
        self.hub = hub
        self.executor = executor
        self.respond = respond
        self.respondAtOnce = respondAtOnce
        arrivals = ArrivalWatch(patience: limits.arrival)
        limiter = Mutex(RateLimiter(rate: limits.requestRate, burst: limits.requestBurst))
        guard let daemon = start(descriptor) else {
            Unmanaged.passUnretained(self).release()
            close(descriptor)
            throw HostError(.unavailable, "the HTTP server could not be started")
        }
        state.withLock { $0.daemon = Daemon(raw: daemon) }
    }

    var openStreams: Int { state.withLock { $0.streams.count } }

    /// Takes no more requests, answers those in progress with "unavailable", ends the streams, and waits for the thread.
    func stop() {
        let daemon = state.withLock { state in
            defer { state.daemon = nil }
            state.isStopping = true
            return state.daemon
        }
        guard let daemon else { return }
        let listener = MHD_quiesce_daemon(daemon.raw)
        let (waiting, streams) = state.withLock { state in
            defer { state.waiting = [:] }
            return (Array(state.waiting.values), Array(state.streams.values))
        }
        for (exchange, connection) in waiting where exchange.finish(with: Self.stopping) { connection.resume() }
        for stream in streams { stream.finish() }
        MHD_stop_daemon(daemon.raw)
        Unmanaged.passUnretained(self).release()
        if listener >= 0 { close(listener) }
    }

    private static let stopping = Problem(HostError(.unavailable, "the host is stopping")).response

    // MARK: - The library's calls

    private func start(_ descriptor: Int32) -> OpaquePointer? {
        let flags = MHD_USE_EPOLL_INTERNAL_THREAD.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue | MHD_USE_ITC.rawValue
        // The library's thread calls into this object until `stop`.
        let me = Unmanaged.passRetained(self).toOpaque()
        let begin:
            @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?, OpaquePointer?) ->
                UnsafeMutableRawPointer? = { _, target, _ in
                    // Bytes that are not UTF-8 are refused when the target is read.
                    Unmanaged.passRetained(Exchange(target: target.map { String(cString: $0) } ?? "")).toOpaque()
                }
        let end:
            @convention(c) (
                UnsafeMutableRawPointer?, OpaquePointer?, UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
                MHD_RequestTerminationCode
            ) -> Void = { context, connection, slot, _ in
                guard let slot, let exchange = slot.pointee else { return }
                if let context, let connection {
                    let server = Unmanaged<HTTPServer>.fromOpaque(context).takeUnretainedValue()
                    server.arrivals.waits(Connection(raw: connection))
                }
                Unmanaged<Exchange>.fromOpaque(exchange).release()
                slot.pointee = nil
            }
        let notice:
            @convention(c) (
                UnsafeMutableRawPointer?, OpaquePointer?, UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
                MHD_ConnectionNotificationCode
            ) -> Void = { context, connection, _, what in
                guard let context, let connection else { return }
                let arrivals = Unmanaged<HTTPServer>.fromOpaque(context).takeUnretainedValue().arrivals
                if what == .CONNECTION_NOTIFY_STARTED {
                    arrivals.opened(Connection(raw: connection))
                } else {
                    arrivals.closed(Connection(raw: connection))
                }
            }
        let perAddress = rules.isOpenToAnybody ? limits.addressConnections : 0
        let options: [any CVarArg] = [
            MHD_OPTION.LISTEN_SOCKET.rawValue, descriptor,
            MHD_OPTION.CONNECTION_LIMIT.rawValue, UInt32(limits.connections),
            MHD_OPTION.PER_IP_CONNECTION_LIMIT.rawValue, UInt32(perAddress),
            MHD_OPTION.CONNECTION_TIMEOUT.rawValue, UInt32(limits.silence),
            MHD_OPTION.CONNECTION_MEMORY_LIMIT.rawValue, limits.connectionMemory,
            MHD_OPTION.URI_LOG_CALLBACK.rawValue, unsafeBitCast(begin, to: Int.self), 0,
            MHD_OPTION.NOTIFY_COMPLETED.rawValue, unsafeBitCast(end, to: Int.self), Int(bitPattern: me),
            MHD_OPTION.NOTIFY_CONNECTION.rawValue, unsafeBitCast(notice, to: Int.self), Int(bitPattern: me),
            MHD_OPTION.END.rawValue,
        ]
        return withVaList(options) { list in
            MHD_start_daemon_va(
                flags, 0, nil, nil,
                { context, connection, _, method, _, upload, size, slot in
                    guard let context, let connection, let size, let exchange = slot?.pointee else { return .NO }
                    let server = Unmanaged<HTTPServer>.fromOpaque(context).takeUnretainedValue()
                    return server.handle(
                        Unmanaged<Exchange>.fromOpaque(exchange).takeUnretainedValue(), Connection(raw: connection),
                        method: method.map { String(cString: $0) } ?? "",
                        upload: UnsafeRawBufferPointer(start: upload, count: size.pointee), unread: size)
                }, me, list)
        }
    }

    /// Called when the headers are there, then for each piece of the body, then when it is complete, and once more when
    /// the connection was resumed.
    private func handle(
        _ exchange: Exchange, _ connection: Connection, method: String, upload: UnsafeRawBufferPointer,
        unread: UnsafeMutablePointer<Int>
    ) -> MHD_Result {
        if exchange.state.withLock({ !$0.hasBegun }) { return begin(exchange, connection, method) }
        if !upload.isEmpty {
            unread.pointee = 0
            return take(upload, for: exchange)
        }
        let phase = exchange.state.withLock(\.phase)
        switch phase {
        case .receiving: return work(on: exchange, connection)
        case .answered(let response): return send(response, for: exchange, on: connection)
        case .waiting, .sent: return .YES
        }
    }

    /// Refuses at once what its headers already condemn.
    private func begin(_ exchange: Exchange, _ connection: Connection, _ method: String) -> MHD_Result {
        exchange.state.withLock { state in
            state.hasBegun = true
            state.method = method
        }
        if let problem = refusal(ofOneMoreFrom: connection) {
            return send(problem.response, for: exchange, on: connection)
        }
        if rules.isOpenToAnybody,
            let problem = rules.refusal(method: method, target: exchange.target, headers: connection.headers())
        {
            return send(problem.response, for: exchange, on: connection)
        }
        if let length = connection.declaredLength, length > limits.body {
            return send(tooLarge.response, for: exchange, on: connection)
        }
        return .YES
    }

    /// Keeps a piece of the body. Of one without a declared length what is too much is passed over for a while, so that
    /// the client hears why it is refused; one that does not end is cut off.
    private func take(_ upload: UnsafeRawBufferPointer, for exchange: Exchange) -> MHD_Result {
        let limit = limits.body
        return exchange.state.withLock { state in
            if state.body.count + upload.count <= limit, state.surplus == 0 {
                state.body.append(contentsOf: upload)
            } else {
                state.surplus += upload.count
                state.body = []
            }
            return state.surplus > 4 * limit ? .NO : .YES
        }
    }

    private func work(on exchange: Exchange, _ connection: Connection) -> MHD_Result {
        let (method, body, isWhole) = exchange.state.withLock { ($0.method, $0.body, $0.surplus == 0) }
        arrivals.arrived(connection)
        guard isWhole else { return send(tooLarge.response, for: exchange, on: connection) }
        if body.isEmpty, let response = respondAtOnce(method, exchange.target) {
            let isStopping = state.withLock(\.isStopping)
            return send(isStopping ? Self.stopping : response, for: exchange, on: connection)
        }
        let request = HTTPRequest(
            method: method, target: exchange.target, headers: connection.headers(), body: body)
        exchange.state.withLock { $0.phase = .waiting }
        connection.suspend()
        let isStopping = state.withLock { state in
            if !state.isStopping { state.waiting[ObjectIdentifier(exchange)] = (exchange, connection) }
            return state.isStopping
        }
        if isStopping {
            if exchange.finish(with: Self.stopping) { connection.resume() }
            return .YES
        }
        Task(executorPreference: executor) { [self] in
            let response = await respond(request)
            state.withLock { _ = $0.waiting.removeValue(forKey: ObjectIdentifier(exchange)) }
            if exchange.finish(with: response) { connection.resume() }
        }
        return .YES
    }

    private func send(_ response: HTTPResponse, for exchange: Exchange, on connection: Connection) -> MHD_Result {
        exchange.state.withLock { $0.phase = .sent }
        guard case .events(let selection) = response.body else { return connection.answer(with: response, stream: nil) }
        if let problem = state.withLock({ refusal(ofStream: $0) }) {
            return connection.answer(with: problem.response, stream: nil)
        }
        let stream = EventStream(selection, on: connection, from: hub, keepAliveInterval: limits.keepAlive) {
            [weak self] stream in
            self?.state.withLock { _ = $0.streams.removeValue(forKey: ObjectIdentifier(stream)) }
        }
        let isStopping = state.withLock { state in
            state.streams[ObjectIdentifier(stream)] = stream
            return state.isStopping
        }
        if isStopping { stream.finish() }
        return connection.answer(with: response, stream: stream)
    }

    /// Before anything else is looked at, so that it costs little to turn away who asks too often.
    private func refusal(ofOneMoreFrom connection: Connection) -> Problem? {
        guard rules.isOpenToAnybody, let client = connection.client,
            let wait = limiter.withLock({ $0.ask(client, at: clock.monotonic()) })
        else { return nil }
        let seconds = Int(wait.inSeconds.rounded(.up))
        return Problem(
            status: 429, code: "too_many_requests",
            detail: "more than \(Int(limits.requestRate)) requests a second from one address; go on in \(seconds) s",
            headers: [HTTPResponse.Header(name: "Retry-After", value: "\(seconds)")])
    }

    private func refusal(ofStream state: State) -> Problem? {
        if state.streams.count < limits.streams { return nil }
        return Problem(HostError(.busy, "\(limits.streams) clients follow the events already"))
    }

    private var tooLarge: Problem {
        Problem(HostError(.limitExceeded, "the request's body is larger than \(limits.body.grouped) bytes"))
    }
}
