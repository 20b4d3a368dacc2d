import Model

extension Host {
    /// Leaves everything as a kill of the process would: nothing that its scripts do counts any more, no hook is called,
    /// nothing is written down. Their Lua states are gone once the executor has given each of their tasks a turn.
    package func abandon() {
        for daemon in context.registry.all() {
            daemon.markRemoved()
            let incarnations = daemon.core.withLock { core in
                defer { (core.incarnation, core.candidate, core.frozen) = (nil, nil, []) }
                return [core.incarnation, core.candidate].compactMap { $0 } + core.frozen.map(\.incarnation)
            }
            for incarnation in incarnations { incarnation.fence() }
        }
        for attempt in context.jobs.attempts() { (attempt as? LuaJobAttempt)?.fence() }
        context.jobs.forget()
    }
}

extension JobService {
    /// Lets go of everything; nothing is claimed, told or written any more.
    fileprivate func forget() { state.withLock { $0 = State() } }
}
