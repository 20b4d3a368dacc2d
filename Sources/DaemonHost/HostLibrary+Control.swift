import LuaRuntime
import Model

extension HostLibrary {
    static let control: [String: Handler] = [
        "sleep": { incarnation, arguments in incarnation.sleep(.saturating(seconds: arguments[at: 0].doubleValue ?? 0))
        },
        "heartbeat": { incarnation, arguments in
            incarnation.describe(details: arguments[at: 0])
            return .values([])
        },
        "status": { incarnation, arguments in
            incarnation.describe(arguments[at: 0].text, progress: arguments[at: 1].doubleValue)
            return .values([])
        },
        "stop": { incarnation, arguments in
            incarnation.unwind(.stop(reason: arguments[at: 0] == .null ? "it ended itself" : arguments[at: 0].text))
        },
        "fail": { incarnation, arguments in incarnation.unwind(.fail(message: arguments[at: 0].text)) },
        "retry_after": { incarnation, arguments in
            let delay = Duration.saturating(seconds: arguments[at: 0].doubleValue ?? 0)
            let message = arguments[at: 1] == .null ? "the script asked to be retried later" : arguments[at: 1].text
            return incarnation.unwind(.retryAfter(delay, message: message))
        },
    ]
}

extension Incarnation {
    func call(_ function: Int, _ arguments: [Value]) -> HostReply {
        guard function < HostLibrary.handlers.count, let handler = HostLibrary.handlers[function] else {
            return .error("this function is not available here")
        }
        return handler(self, arguments)
    }

    func moduleSource(_ name: String) -> Result<[UInt8], HostError> {
        do {
            return .success(try context.catalog.module(name))
        } catch {
            return .failure(error)
        }
    }

    func sleep(_ span: Duration) -> HostReply {
        let until = context.clock.monotonic() + span
        let earliest = shared.withLock { shared -> MonotonicTime?? in
            guard !shared.isStopping else { return .none }
            shared.sleepDeadline = until
            return .some(shared.deadline)
        }
        guard let earliest else { return .values([]) }
        _ = startWait(.sleep)
        context.executor.setTimer(self, at: earliest)
        return .wait
    }

    func unwind(_ directive: Directive) -> HostReply {
        self.directive = directive
        return .directive
    }

    /// What it is doing now, for those who look.
    func describe(_ activity: String, progress: Double?) {
        daemon.note(from: self) { record in
            record.activity = activity.isEmpty ? nil : String(activity.prefix(500))
            record.progress = progress.map { min(max($0, 0), 1) }
        }
    }

    func describe(details: Value) {
        guard details != .null else { return }
        let text = (try? JSON.encode(details)) ?? details.text
        describe(text, progress: nil)
    }

    // MARK: - Log

    func log(_ level: LogLevel, _ arguments: [Value]) -> HostReply {
        let record = daemon.snapshot()
        let entry = LogEntry(
            at: context.clock.now(), daemon: daemon.name, level: level, message: arguments[at: 0].text,
            fields: arguments[at: 1].isTable ? .some(arguments[at: 1]) : .none, generation: record.generation,
            codeHash: record.codeHash, step: steps)
        let now = context.clock.monotonic()
        for admitted in shared.withLock({ $0.gate.admit(entry, now: now) }) { context.journal.append(admitted) }
        return .values([])
    }

    /// Tells what the gate still holds back: repetitions and losses counted so far.
    func flushGate() {
        let now = context.clock.monotonic()
        for entry in shared.withLock({ $0.gate.flush(now) }) { context.journal.append(entry) }
    }
}
