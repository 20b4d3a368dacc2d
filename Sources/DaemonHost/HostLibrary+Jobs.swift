import LuaRuntime
import Model

extension HostLibrary {
    static let jobs: [String: Handler] = [
        "jobs.launch": { task, arguments in task.launchJob(arguments) },
        "db:launch": { task, arguments in task.launchJobInSession(arguments) },
        "jobs.get": { task, arguments in
            HostReply(of: { () throws(HostError) in
                [try task.context.queue.job(arguments[at: 0].integerValue ?? 0)?.value ?? .null]
            })
        },
        "jobs.find": { task, arguments in
            HostReply(of: { () throws(HostError) in
                [.list(try task.context.queue.jobs(try JobQuery(filter: arguments[at: 0])).map(\.value))]
            })
        },
        "jobs.cancel": { task, arguments in task.cancelJob(arguments) },
        "jobs.monitor": { task, arguments in task.monitorJob(arguments[at: 0].integerValue ?? 0) },
        "jobs.monitored": { task, _ in
            HostReply(of: { () throws(HostError) in
                guard let daemon = task.launcher().daemon else { return [.emptyTable] }
                return [.list(try task.context.queue.monitored(by: daemon).map { .integer($0) })]
            })
        },
        "jobs.wait": { task, arguments in task.waitForJobs(arguments) },
        "job:progress": { task, arguments in
            (task as? LuaJobAttempt)?.report(arguments) ?? .error("there is no job here")
        },
        "job:checkpoint": { task, arguments in
            (task as? LuaJobAttempt)?.keep(checkpoint: arguments[at: 0]) ?? .error("there is no job here")
        },
        "job:cancelled": { task, _ in .values([.boolean((task as? LuaJobAttempt)?.isCancelled ?? false)]) },
    ]
}

extension ScriptTask {
    private func request(_ arguments: [Value]) throws(HostError) -> JobRequest {
        let options = try JobOptions(
            type: arguments[at: 0].text, args: arguments[at: 1], options: arguments[at: 2], launcher: launcher(),
            now: context.clock.now())
        return try context.jobs.checked(options.request, attempts: options.attempts)
    }

    func launchJob(_ arguments: [Value]) -> HostReply {
        do {
            let request = try request(arguments)
            let serial = startWait(.blocking)
            context.jobs.launch(request) { [self] result in
                post(.reply(serial, HostReply(of: { () throws(HostError) in try result.get().values })))
            }
            return .wait
        } catch {
            return .error(error.description)
        }
    }

    /// The job exists if and only if the session commits; the queue is told then.
    func launchJobInSession(_ arguments: [Value]) -> HostReply {
        guard let session else { return .error("there is no session") }
        return HostReply(of: { () throws(HostError) in
            let launch = try session.launch(try request(arguments))
            hasLaunched = true
            return launch.values
        })
    }

    func cancelJob(_ arguments: [Value]) -> HostReply {
        let id = arguments[at: 0].integerValue ?? 0
        let who = launcher().daemon.map { "daemon \($0)" } ?? "a script"
        let reason = arguments[at: 1] == .null ? "cancelled by \(who)" : arguments[at: 1].text
        let serial = startWait(.blocking)
        context.jobs.cancel(id, reason: reason) { [self] result in
            post(
                .reply(
                    serial,
                    HostReply(of: { () throws(HostError) in
                        let outcome = try result.get()
                        guard outcome.job != nil else { throw HostError(.notFound, "there is no job \(id)") }
                        return [.boolean(outcome.isApplied)]
                    })))
        }
        return .wait
    }

    func monitorJob(_ id: Int64) -> HostReply {
        guard let daemon = launcher().daemon, !(self is LuaJobAttempt) else {
            return .error("only a daemon can monitor jobs: it is told through on_job")
        }
        let serial = startWait(.blocking)
        context.jobs.monitor(id, daemon: daemon) { [self] result in
            post(
                .reply(
                    serial,
                    HostReply(of: { () throws(HostError) in
                        try result.get()
                        return []
                    })))
        }
        return .wait
    }

    /// Waits for ends without holding a worker, and without polling.
    func waitForJobs(_ arguments: [Value]) -> HostReply {
        let isList = arguments[at: 0].isTable
        let ids: [Int64]
        switch arguments[at: 0] {
        case .array(let elements): ids = elements.compactMap(\.integerValue)
        case .integer(let id): ids = [id]
        default: ids = []
        }
        guard isList || !ids.isEmpty else {
            return .error("bad argument #1 to 'wait' (job id or list of ids expected)")
        }
        beginWaitForJobs()
        let serial = startWait(.jobs)
        let ended: @Sendable () -> Void = { [self] in
            let reply = HostReply(of: { () throws(HostError) in
                var jobs: [Value] = []
                for id in ids { jobs.append(try context.queue.job(id)?.value ?? .null) }
                return [isList ? .list(jobs) : jobs[at: 0]]
            })
            post(.reply(serial, reply))
        }
        do {
            try context.blocking.run { [self] in context.jobs.whenEnded(ids) { self.later(ended) } }
        } catch {
            endWait()
            return .error(error.description)
        }
        if let timeout = arguments[at: 1].doubleValue {
            setWaitTimeout(.saturating(seconds: timeout), ended)
        } else {
            awaitedJobs = ids
        }
        giveBackIfDue()
        return .wait
    }

    /// Reads of the database belong on a thread that may block.
    private func later(_ work: @escaping @Sendable () -> Void) {
        do {
            try context.blocking.run(work)
        } catch {
            work()
        }
    }
}

extension JobLaunch {
    var values: [Value] { [.integer(id), .boolean(isNew)] }
}

extension JobQuery {
    private static let known = LunadAPI.type(named: "JobFilter")?.names ?? []
    private static let largest: Int64 = 1_000

    /// A filter as a script gives it, checked.
    init(filter: Value) throws(HostError) {
        self.init()
        for field in filter.fields {
            switch field.key {
            case "type": type = field.value.stringValue
            case "tag": tag = field.value.stringValue
            case "daemon": daemon = field.value.stringValue
            case "parent": parent = field.value.integerValue
            case "limit": limit = Int(min(max(field.value.integerValue ?? 100, 1), Self.largest))
            case "status":
                guard let status = field.value.stringValue.flatMap(JobStatus.init(rawValue:)) else {
                    let names = JobStatus.allCases.map(\.rawValue).joined(separator: ", ")
                    throw HostError(.invalidArgument, "status is \(field.value.shown()); expected one of \(names)")
                }
                statuses = [status]
            default:
                throw HostError(
                    .invalidArgument,
                    "unknown filter '\(field.key)'\(DidYouMean.hint(for: field.key, in: Self.known))")
            }
        }
    }
}
