import LuaRuntime
import Model

/// Running an operator's code: what it does to the state is committed when it ends well, and undone when it fails.
extension Incarnation {
    /// Lines of its output that are kept.
    private static let outputLimit = 1_000

    /// Code in progress, and what came of it so far.
    struct ConsoleRun {
        var request: Daemon.ConsoleRequest
        var answer = ConsoleAnswer()
    }

    func runConsole(_ lua: LuaState) -> Bool {
        guard let request = daemon.takeConsoleRequest() else { return hookReturned([]) }
        consoleRun = ConsoleRun(request: request)
        lua.setTimeout(declaration.policy.stepTimeout)
        return goOn(lua.evaluate(request.code))
    }

    /// What the code logs is also for who typed it.
    func noteConsoleOutput(_ message: String) {
        guard consoleRun != nil, (consoleRun?.answer.output.count ?? 0) < Self.outputLimit else { return }
        consoleRun?.answer.output.append(message)
    }

    /// The code returned; its answer is given when its state is durable.
    func consoleReturned(_ values: [Value]) {
        consoleRun?.answer.values = values.compactMap(\.stringValue)
        do {
            try commitState(then: .returned(next: stepDue))
        } catch {
            consoleFailed(error.message)
        }
    }

    /// The code failed: that is its author's affair, not the daemon's.
    func consoleFailed(_ message: String, next event: DaemonMachine.Event? = nil) {
        mustRestoreState = true
        pendingDigest = nil
        afterCommit = nil
        activity = .idle
        answerConsole(error: message)
        daemon.deliver(event ?? .returned(next: stepDue), from: self)
    }

    func answerConsole(error: String? = nil) {
        guard var run = consoleRun else { return }
        consoleRun = nil
        run.answer.error = error
        run.request.done(.success(run.answer))
    }

    var isConsole: Bool {
        if case .hook(.console) = activity { true } else { false }
    }
}
