import CCurl
import Glibc
import Model
import Platform

/// Serves all requests from one thread; it wakes for nothing else.
final class RequestLoop {
    private let inbox: RequestInbox
    private let clock = SystemClock()
    private let limit: Int
    /// Those that wait for a place, in the order in which they came.
    private var waiting: [PendingRequest] = []
    private var active: [Int: ActiveRequest] = [:]
    private var byHandle: [UnsafeMutableRawPointer: Int] = [:]
    private var isClosing = false

    /// At most `limit` have connections at a time.
    init(_ inbox: RequestInbox, limit: Int) {
        self.inbox = inbox
        self.limit = limit
        // Connections that are kept for later requests.
        _ = lunad_curl_multi_set_number(inbox.multi, CURLMOPT_MAXCONNECTS, Swift.max(limit / 4, 8))
    }

    /// Runs until the inbox is closed; what is under way then fails.
    func run() {
        while true {
            takeInbox()
            if isClosing { return endAll() }
            dropOverdue()
            startWaiting()
            var running: Int32 = 0
            _ = lunad_curl_multi_perform(inbox.multi, &running)
            readMessages()
            // A place that has become free is taken before anything is waited for.
            if !waiting.isEmpty, active.count < limit { continue }
            _ = lunad_curl_multi_poll(inbox.multi, patience())
        }
    }

    private func takeInbox() {
        let content = inbox.take()
        waiting += content.added
        for id in content.cancelled { cancel(id) }
        isClosing = content.isClosing
    }

    private func cancel(_ id: Int) {
        if let index = waiting.firstIndex(where: { $0.id == id }) {
            let pending = waiting.remove(at: index)
            answer(pending, .failure(Self.cancelled(pending)))
        } else if let request = active[id] {
            end(request, .failure(Self.cancelled(request.pending)))
        }
    }

    private static func cancelled(_ pending: PendingRequest) -> HostError {
        HostError(.cancelled, "\(pending.shown) was cancelled")
    }

    /// Those whose time is over before there was a place for them.
    private func dropOverdue() {
        guard !waiting.isEmpty else { return }
        let now = clock.monotonic()
        let overdue = waiting.filter { $0.deadline <= now }
        guard !overdue.isEmpty else { return }
        waiting.removeAll { $0.deadline <= now }
        for pending in overdue {
            answer(
                pending,
                .failure(HostError(.timeout, "\(pending.shown) timed out while \(limit) other requests were under way"))
            )
        }
    }

    private func startWaiting() {
        while active.count < limit, !waiting.isEmpty {
            let pending = waiting.removeFirst()
            do {
                begin(try ActiveRequest(pending))
            } catch {
                answer(pending, .failure(error))
            }
        }
    }

    /// Has the next connection made for it: the first, or a redirect's.
    private func begin(_ request: ActiveRequest) {
        active[request.pending.id] = request
        do throws(HostError) {
            let transfer = try request.makeTransfer(now: clock.monotonic())
            byHandle[transfer.raw] = request.pending.id
            guard lunad_curl_multi_add_handle(inbox.multi, transfer.raw) == CURLM_OK else {
                throw HostError(.unavailable, "libcurl did not take \(request.pending.shown)")
            }
        } catch {
            end(request, .failure(error))
        }
    }

    /// Milliseconds until one that waits is overdue; as long as can be when none waits.
    private func patience() -> Int32 {
        guard let next = waiting.map(\.deadline).min() else { return Int32.max }
        return Int32(clamping: max(1, (next - clock.monotonic()).wholeNanoseconds / 1_000_000 + 1))
    }

    private func readMessages() {
        var left: Int32 = 0
        while let message = lunad_curl_multi_info_read(inbox.multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle else { continue }
            // What the message says is gone once the handle is removed.
            let code = message.pointee.data.result
            guard let id = byHandle[handle], let request = active[id] else { continue }
            finish(request, code)
        }
    }

    private func finish(_ request: ActiveRequest, _ code: CURLcode) {
        do throws(HostError) {
            switch try request.outcome(code, now: clock.monotonic()) {
            case .answer(let answer): end(request, .success(answer))
            case .redirect:
                remove(request)
                begin(request)
            }
        } catch {
            end(request, .failure(error))
        }
    }

    /// Takes its connection's handle from libcurl.
    private func remove(_ request: ActiveRequest) {
        guard let transfer = request.transfer else { return }
        byHandle[transfer.raw] = nil
        _ = lunad_curl_multi_remove_handle(inbox.multi, transfer.raw)
        request.transfer = nil
    }

    private func end(_ request: ActiveRequest, _ result: Result<WebAnswer, HostError>) {
        remove(request)
        active[request.pending.id] = nil
        answer(request.pending, result)
    }

    private func answer(_ pending: PendingRequest, _ result: Result<WebAnswer, HostError>) {
        inbox.noteAnswer()
        pending.done(result)
    }

    private func endAll() {
        let ending = HostError(.unavailable, "the request was given up: the host is ending")
        for request in active.values { end(request, .failure(ending)) }
        for pending in waiting { answer(pending, .failure(ending)) }
        waiting = []
    }
}

extension PendingRequest {
    /// How messages call it.
    var shown: String { "\(request.method.rawValue) \((try? WebAddress(url))?.shown ?? "")" }
}
