import LuaRuntime
import Model

/// Telling the script of the events to which it has subscribed: between steps, one at a time, each at most once.
extension Incarnation {
    func subscribe(to topic: String, hasFunction: Bool) -> HostReply {
        HostReply(of: { () throws(HostError) in
            if case .loading = activity {
                throw HostError(.invalidArgument, "the script is still loading: subscribe in on_start")
            }
            guard hasFunction || declaration.hooks.contains(DaemonMachine.Hook.onEvent.name) else {
                throw HostError(
                    .invalidArgument,
                    "there is nobody to tell: give subscribe a function, or define on_event(self, event)")
            }
            try context.topics.subscribe(receiver, to: try TopicPattern(topic), hasFunction: hasFunction)
            return []
        })
    }

    func unsubscribe(from topic: String) -> HostReply {
        HostReply(of: { () throws(HostError) in
            [.boolean(context.topics.unsubscribe(receiver, from: try TopicPattern(topic)))]
        })
    }

    /// Calls the next function that an event is for; with none left, the hook is over.
    func deliverEvent() -> Bool {
        guard let lua else { return false }
        if eventCalls.isEmpty, let (event, handlers) = receiver.next() {
            eventCalls = handlers.map { (event, $0) }
        }
        guard !eventCalls.isEmpty else { return hookReturned([]) }
        let (event, handler) = eventCalls.removeFirst()
        reportLosses()
        lua.setTimeout(declaration.policy.stepTimeout)
        switch handler {
        case .function(let pattern): return goOn(lua.call(handlerOf: pattern, [event.value]))
        case .hook: return goOn(lua.call(DaemonMachine.Hook.onEvent.name, [event.value]))
        }
    }

    private func reportLosses() {
        let losses = receiver.takeLosses()
        guard losses > 0 else { return }
        context.journal.append(
            logEntry(.warn, "more events came than its mailbox holds: \(losses.grouped) were dropped", nil))
    }

    /// A hook has ended: what came while it ran is told now.
    func lookForEvents() {
        guard !eventCalls.isEmpty || receiver.hasMail else { return }
        daemon.deliver(.eventArrived, from: self)
    }
}
