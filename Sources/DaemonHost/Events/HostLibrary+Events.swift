import LuaRuntime
import Model

extension HostLibrary {
    static let events: [String: Handler] = [
        "events.publish": { task, arguments in task.publish(arguments[at: 0].text, arguments[at: 1]) },
        "events.subscribe": { task, arguments in
            guard let incarnation = task as? Incarnation else { return onlyDaemons("subscribe") }
            return incarnation.subscribe(to: arguments[at: 0].text, hasFunction: arguments[at: 1] == true)
        },
        "events.unsubscribe": { task, arguments in
            guard let incarnation = task as? Incarnation else { return onlyDaemons("unsubscribe") }
            return incarnation.unsubscribe(from: arguments[at: 0].text)
        },
    ]

    private static func onlyDaemons(_ function: String) -> HostReply {
        .error("a job cannot \(function): events are told between the steps of a daemon")
    }
}

extension ScriptTask {
    /// Events that one session may publish.
    private static let mostInSession = 1_000

    /// Tells the subscribers: at once, or once the session that is open has committed.
    func publish(_ topic: String, _ payload: Value) -> HostReply {
        HostReply(of: { () throws(HostError) in
            let size = payload.wire.count
            guard size <= ScriptEvent.largestPayload else {
                throw HostError(
                    .limitExceeded,
                    "the payload takes \(size.grouped) bytes; at most \(ScriptEvent.largestPayload.grouped) are taken")
            }
            let launcher = launcher()
            let event = ScriptEvent(
                topic: topic, payload: payload, size: size, at: context.clock.now(), daemon: launcher.daemon,
                job: launcher.job)
            guard session != nil else {
                try context.topics.publish(event)
                return []
            }
            _ = try context.topics.subscribers(of: topic)
            guard heldEvents.count < Self.mostInSession else {
                throw HostError(
                    .limitExceeded, "a session publishes at most \(Self.mostInSession.grouped) events")
            }
            heldEvents.append(event)
            return []
        })
    }

    /// The session's rows are on disk: now its events are true.
    func publishHeldEvents() {
        let events = heldEvents
        heldEvents = []
        // Each topic was found right when it was published.
        for event in events { try? context.topics.publish(event) }
    }
}
