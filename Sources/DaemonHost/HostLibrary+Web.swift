import LuaRuntime
import Model

extension HostLibrary {
    static let web: [String: Handler] = [
        "http.get": { task, arguments in
            task.request { grants throws(HostError) in
                try WebCall(.get, url: arguments[at: 0].text, options: arguments[at: 1], grants: grants)
            }
        },
        "http.post": { task, arguments in
            task.request { grants throws(HostError) in
                var call = try WebCall(.post, url: arguments[at: 0].text, options: arguments[at: 2], grants: grants)
                if arguments[at: 1] != .null { try call.setBody(arguments[at: 1]) }
                return call
            }
        },
        "http.request": { task, arguments in
            task.request { grants throws(HostError) in
                try WebCall(.get, url: nil, options: arguments[at: 0], grants: grants)
            }
        },
    ]
}

extension ScriptTask {
    /// Sends a granted request; the script waits for the answer.
    func request(_ make: (WebGrants) throws(HostError) -> WebCall) -> HostReply {
        guard let webGrants, let web = context.web else {
            return .error("no hosts are granted while the script loads: send requests in a hook")
        }
        do throws(HostError) {
            let call = try make(webGrants)
            guard let file = call.authorities else { return try send(call, over: web) }
            return findAuthorities(file, for: call, over: web)
        } catch {
            return .error(error.description)
        }
    }

    private func send(_ call: WebCall, over web: any WebClient) throws(HostError) -> HostReply {
        let serial = startWait(.request)
        do throws(HostError) {
            let transfer = try web.send(call.request) { [self] in take($0, of: call, for: serial) }
            giveUpWait = { transfer.cancel() }
            return .wait
        } catch {
            endWait()
            throw error
        }
    }

    /// An answer has come, on a thread that serves all requests: what takes long is done on another one.
    private func take(_ result: Result<WebAnswer, HostError>, of call: WebCall, for serial: Int) {
        let reply: @Sendable () -> Void = { [self] in post(.reply(serial, call.reply(result))) }
        guard case .success(let answer) = result, call.parses, answer.body.count > Self.quicklyParsed else {
            return reply()
        }
        do throws(HostError) {
            try context.blocking.run(reply)
        } catch {
            post(.reply(serial, .error(error.description)))
        }
    }

    /// JSON up to this many bytes is parsed at once.
    private static let quicklyParsed = 64 << 10

    /// The file of authorities has to be one that the script may read; finding it may block.
    private func findAuthorities(_ file: String, for call: WebCall, over web: any WebClient) -> HostReply {
        guard let fileGrants else { return .error("no files are granted while the script loads") }
        let serial = startWait(.request)
        let relay = TransferRelay()
        do throws(HostError) {
            try context.blocking.run { [self] in
                do throws(HostError) {
                    var request = call.request
                    request.authorities = try fileGrants.resolve(file)
                    relay.begin(try web.send(request) { [self] in take($0, of: call, for: serial) })
                } catch {
                    post(.reply(serial, .error(error.description)))
                }
            }
            giveUpWait = { relay.cancel() }
            return .wait
        } catch {
            endWait()
            return .error(error.description)
        }
    }
}

/// A transfer that begins on another thread; a cancel that comes before it is not lost.
private final class TransferRelay: Sendable {
    private let state = Locked<(transfer: (any WebTransfer)?, isCancelled: Bool)>((nil, false))

    func begin(_ transfer: any WebTransfer) {
        let isCancelled = state.withLock { state in
            state.transfer = transfer
            return state.isCancelled
        }
        if isCancelled { transfer.cancel() }
    }

    func cancel() {
        let transfer = state.withLock { state in
            state.isCancelled = true
            return state.transfer
        }
        transfer?.cancel()
    }
}
