import DaemonHost
import Model
import Platform
import SQLiteStore

/// Something that a test asked of its host: goes on until it is over.
///
/// Nil while a program waits for the test's answer; then it is to be called again once that was given.
typealias TestHostCall = () throws(HostError) -> Value?

extension TestHost {
    /// What the function `name` of a host does with these arguments.
    func call(_ name: String, _ arguments: Value) throws(HostError) -> TestHostCall {
        switch name {
        case "start": return start(arguments)
        case "command": return command(arguments)
        case "config": return config(arguments)
        case "state": return state(arguments)
        case "swap", "rollback": return swap(arguments)
        case "advance": return try advance(arguments)
        case "step": return try step(arguments)
        case "run_job": return runJob(arguments)
        case "query", "exec": return session(arguments, keepsRows: name == "query")
        case "stop": return life(isStopped: true, isNew: false)
        case "restart": return life(isStopped: true, isNew: true)
        case "crash": return life(isStopped: false, isNew: true)
        default:
            let answer = try self.answer(name, arguments)
            return { () throws(HostError) in answer }
        }
    }

    // MARK: - Daemons

    private func start(_ arguments: Value) -> TestHostCall {
        let (host, name) = (engine.host, arguments.text("name"))
        let settings = (arguments["config"] ?? .null).fields.map { ConfigChange.Setting($0.key, $0.value) }
        let change = ConfigChange(settings: settings)
        let script = arguments["script"]?.stringValue
        return following("the start of \(name)") { () async throws(HostError) in
            if let script {
                _ = try await host.add(DaemonAddition(name: name, type: script, config: change), patience: .zero)
                return
            }
            if !settings.isEmpty { _ = try await host.changeConfig(of: name, change) }
            _ = try await host.carryOut(.enable, on: name, patience: .zero)
            _ = try await host.carryOut(.start, on: name, patience: .zero)
        }
    }

    /// Time passes until it has settled, but not longer than a stop may take.
    private func command(_ arguments: Value) -> TestHostCall {
        let (host, name) = (engine.host, arguments.text("name"))
        let command = DaemonCommand(rawValue: arguments.text("command")) ?? .stop
        let told = following("the \(command.rawValue) of \(name)") { () async throws(HostError) in
            _ = try await host.carryOut(command, on: name, patience: .zero)
        }
        let limit = clock.monotonic() + engine.context.settings.shutdownTimeout
        var isTold = false
        return { () throws(HostError) in
            if !isTold {
                guard try told() != nil else { return nil }
                isTold = true
            }
            while true {
                guard try self.settle() else { return nil }
                let status = self.engine.context.registry.record(named: name)?.status
                guard status == .stopping || status == .starting else { return .emptyTable }
                guard try self.stepToNextMoment(before: limit) else { return .emptyTable }
            }
        }
    }

    private func config(_ arguments: Value) -> TestHostCall {
        let (host, name) = (engine.host, arguments.text("name"))
        let settings = (arguments["changes"] ?? .null).fields.map { ConfigChange.Setting($0.key, $0.value) }
        return following("the config of \(name)") { () async throws(HostError) -> Value in
            let config =
                settings.isEmpty
                ? try await host.config(of: name)
                : try await host.changeConfig(of: name, ConfigChange(settings: settings))
            if case .success(let merged) = config.schema.validate(set: config.stored) { return .object(merged) }
            return .object(config.stored)
        }
    }

    private func state(_ arguments: Value) -> TestHostCall {
        let (host, name) = (engine.host, arguments.text("name"))
        return following("the state of \(name)") { () async throws(HostError) -> Value in
            try await host.currentState(of: name)
        }
    }

    /// Time passes until the other logic has taken over, at the end of the step that is under way; without a text that is
    /// the version before.
    private func swap(_ arguments: Value) -> TestHostCall {
        let (host, name) = (engine.host, arguments.text("name"))
        let code = arguments["text"].map(\.content)
        let patience = Duration.seconds(86_400)  // of real time, which the test's own limit cuts short
        let swapped = LoopResult(on: loop) { () async throws(HostError) in
            if let code {
                _ = try await host.swap(name, code: code, patience: patience)
            } else {
                _ = try await host.rollBack(name, to: nil, patience: patience)
            }
        }
        let limit = clock.monotonic() + Self.longestStop
        return { () throws(HostError) in
            guard try self.result(of: swapped, what: "the swap of \(name)", until: limit) != nil else { return nil }
            return try self.settle() ? .emptyTable : nil
        }
    }

    // MARK: - Time

    /// The longest that one call lets pass: ten years.
    private static let longestAdvance = 315_360_000.0

    private func advance(_ arguments: Value) throws(HostError) -> TestHostCall {
        let seconds = arguments["seconds"]?.doubleValue ?? 0
        guard seconds >= 0, seconds <= Self.longestAdvance else {
            throw HostError(
                .invalidArgument, "the seconds to advance must be from 0 to \(Int(Self.longestAdvance).grouped)")
        }
        return advancing(to: clock.monotonic() + .saturating(seconds: seconds))
    }

    private func advancing(to target: MonotonicTime) -> TestHostCall {
        { () throws(HostError) in try self.advance(to: target) ? .emptyTable : nil }
    }

    /// What is shown of the next step's time is cut to milliseconds: it is due within the one after.
    private static let shownGrain = Duration.milliseconds(1)

    private func step(_ arguments: Value) throws(HostError) -> TestHostCall {
        let record = try engine.host.daemon(named: arguments.text("name"))
        guard let next = record.nextStepAt else {
            throw HostError(
                .conflict, "\(record.name) has no next step: it is \(record.status.rawValue): \(record.reason)")
        }
        let target = clock.monotonic() + max(next - clock.now(), .zero)
        let limit = target + Self.shownGrain
        return { () throws(HostError) in
            if self.clock.monotonic() < target {
                guard try self.advance(to: target) else { return nil }
            }
            while true {
                guard try self.settle() else { return nil }
                guard try self.engine.host.daemon(named: record.name).nextStepAt == next else { return .emptyTable }
                guard try self.stepToNextMoment(before: limit) else { return .emptyTable }
            }
        }
    }

    // MARK: - Jobs

    /// How long a test waits for a job's end unless it says otherwise, in virtual seconds: a day.
    private static let usualWait = 86_400.0

    private func runJob(_ arguments: Value) -> TestHostCall {
        let type = arguments.text("type")
        let request = JobRequest(type: type, args: arguments["args"] ?? .emptyTable)
        let attempts = arguments["attempts"]?.integerValue.map { Int($0) }
        let span = Duration.saturating(seconds: arguments["within"]?.doubleValue ?? Self.usualWait)
        let (jobs, limit) = (engine.context.jobs, clock.monotonic() + span)
        let launch = LoopResult(on: loop) { () async throws(HostError) in
            try await jobs.launch(request, attempts: attempts).id
        }
        return { () throws(HostError) in
            guard let id = try self.result(of: launch, what: "the launch of \(type)") else { return nil }
            while true {
                guard try self.settle() else { return nil }
                guard let job = try self.store.job(id) else { throw HostError(.notFound, "job \(id) is gone") }
                if job.status.isTerminal { return job.value }
                guard try self.stepToNextMoment(before: limit) else {
                    throw HostError(
                        .timeout, "job \(id) (\(type)) is still \(job.status.rawValue) after \(span.inSeconds.shown) s")
                }
            }
        }
    }

    // MARK: - The host's own life

    /// Virtual time that a stop of the host, or a swap, may take.
    private static let longestStop = Duration.seconds(120)

    private func life(isStopped: Bool, isNew: Bool) -> TestHostCall {
        var stop: LoopResult<[String]>?
        var boot: LoopResult<Void>?
        let limit = clock.monotonic() + Self.longestStop
        return { () throws(HostError) in
            if isStopped, boot == nil {
                let host = self.engine.host
                let stopping =
                    stop
                    ?? LoopResult(on: self.loop) { () async throws(HostError) in
                        await host.stop(reason: "the test stops it")
                    }
                stop = stopping
                guard try self.result(of: stopping, what: "the stop of the host", until: limit) != nil else {
                    return nil
                }
            }
            guard isNew else { return .emptyTable }
            if boot == nil {
                try self.replaceEngine()
                boot = try self.boot(isFirst: false)
            }
            guard let booting = boot else { return nil }
            guard try self.result(of: booting, what: "the start of the host") != nil else { return nil }
            return try self.settle() ? .emptyTable : nil
        }
    }

    /// `body`, and then all that is due at once.
    private func following(
        _ what: String, _ body: @escaping @Sendable () async throws(HostError) -> Value
    ) -> TestHostCall {
        let pending = LoopResult(on: loop, body)
        return { () throws(HostError) in
            guard let value = try self.result(of: pending, what: what) else { return nil }
            return try self.settle() ? value : nil
        }
    }

    private func following(
        _ what: String, _ body: @escaping @Sendable () async throws(HostError) -> Void
    ) -> TestHostCall {
        following(what) { () async throws(HostError) -> Value in
            try await body()
            return .emptyTable
        }
    }

    // MARK: - Rows

    private func session(_ arguments: Value, keepsRows: Bool) -> TestHostCall {
        { () throws(HostError) in
            guard try self.settle() else { return nil }
            return try self.runStatement(arguments, keepsRows: keepsRows)
        }
    }
}
