import LuaRuntime
import Model

extension HostLibrary {
    static let control: [String: Handler] = [
        "sleep": { task, arguments in task.sleep(.saturating(seconds: arguments[at: 0].doubleValue ?? 0))
        },
        "heartbeat": { task, arguments in
            task.describe(arguments[at: 0].text, progress: nil)
            return .values([])
        },
        "status": { task, arguments in
            task.describe(arguments[at: 0].text, progress: arguments[at: 1].doubleValue)
            return .values([])
        },
        "stop": { task, arguments in
            task.unwind(.stop(reason: arguments[at: 0] == .null ? "it ended itself" : arguments[at: 0].text))
        },
        "fail": { task, arguments in task.unwind(.fail(message: arguments[at: 0].text)) },
        "retry_after": { task, arguments in
            let delay = Duration.saturating(seconds: arguments[at: 0].doubleValue ?? 0)
            let message = arguments[at: 1] == .null ? "the script asked to be retried later" : arguments[at: 1].text
            return task.unwind(.retryAfter(delay, message: message))
        },
    ]
}

extension ScriptTask {
    func call(_ function: Int, _ arguments: [Value]) -> HostReply {
        guard function < HostLibrary.handlers.count, let handler = HostLibrary.handlers[function] else {
            return .error("this function is not available here")
        }
        if let failure = failure(of: LunadAPI.functions[function].name) { return .error(failure) }
        return handler(self, arguments)
    }

    /// Why this call is to fail without being carried out; nil as a rule.
    func failure(of call: @autoclosure () -> String) -> String? {
        context.faults?.take(call(), by: launcher().daemon)
    }

    func moduleSource(_ name: String) -> Result<[UInt8], HostError> {
        do {
            return .success(try moduleText(name))
        } catch {
            return .failure(error)
        }
    }

    func sleep(_ span: Duration) -> HostReply {
        let until = context.clock.monotonic() + span
        let isGivenBack = isGivenBack
        let earliest = shared.withLock { shared -> MonotonicTime?? in
            guard !shared.isStopping || isGivenBack else { return .none }
            shared.sleepDeadline = until
            return .some(shared.deadline)
        }
        guard let earliest else { return .values([.boolean(false)]) }
        _ = startWait(.sleep)
        context.executor.setTimer(self, at: earliest)
        giveBackIfDue()
        return .wait
    }

    func unwind(_ directive: Directive) -> HostReply {
        self.directive = directive
        return .directive
    }

    /// What it is doing now, for those who look; at most 500 characters.
    func describe(_ activity: String, progress: Double?) {
        note(activity: String(activity.prefix(500)), progress: progress.map { min(max($0, 0), 1) })
    }

    // MARK: - Log

    func log(_ level: LogLevel, _ arguments: [Value]) -> HostReply {
        let fields: Value? = arguments.count > 1 && arguments[1].isTable ? arguments[1] : nil
        var line = logEntry(level, arguments[at: 0].text, fields)
        var reports: [LogEntry] = []
        let now = context.clock.monotonic()
        let isKept = shared.withLock { $0.gate.pass(&line, now: now, reports: &reports) }
        for report in reports { keep(report) }
        if isKept { keep(line) }
        return .values([])
    }

    private func keep(_ line: LogEntry) {
        context.journal.append(line)
        if line.level == .error { noteError(line) }
    }
}
