import LuaRuntime
import Model

extension Failure {
    /// What the machine decides on, from what the Lua state reports.
    init(_ failure: LuaFailure, during activity: Incarnation.Activity, _ policy: Policy) {
        let (kind, message) = Self.classify(failure, activity, policy)
        self.init(
            kind, message, traceback: failure.traceback.isEmpty ? nil : failure.traceback, file: failure.file,
            line: failure.line)
    }

    private static func classify(
        _ failure: LuaFailure, _ activity: Incarnation.Activity, _ policy: Policy
    ) -> (Kind, String) {
        let place = failure.file.map { file in "\(file)\(failure.line.map { ":\($0)" } ?? ""): " } ?? ""
        switch failure.kind {
        case .syntax: return (.load, failure.message)
        case .runtime: return (activity.isLoading ? .load : .runtime, failure.message)
        case .interrupted(.memory):
            let limit = MemorySize.shown(policy.memory)
            let kind: Kind = activity.isLoading ? .load : .limit
            return (kind, "\(place)it needed more than the \(limit) that policy.memory allows")
        case .interrupted(.sessionTimeout):
            return (
                .timeout,
                "\(place)it held a session for more than \(policy.sessionTimeout.inSeconds) s (policy.session_timeout)"
            )
        case .interrupted(.stepTimeout):
            let limit = activity.timeout(policy)
            let kind: Kind = activity.isLoading ? .load : .timeout
            return (kind, "\(place)\(activity.name) gave no sign of life for \(limit.inSeconds) s and was interrupted")
        case .interrupted(.stop), .interrupted(.directive): return (.runtime, failure.message)
        }
    }
}

extension Incarnation.Activity {
    var isLoading: Bool {
        if case .loading = self { true } else { false }
    }

    var name: String {
        switch self {
        case .loading: "loading the script"
        case .hook(let hook): hook.name
        case .idle, .released: "it"
        }
    }

    func timeout(_ policy: Policy) -> Duration {
        switch self {
        case .hook(.runStep), .hook(.onJob), .hook(.onEvent), .hook(.console): policy.stepTimeout
        case .hook(.onStop): policy.stopHookTimeout
        case .hook(.onStart), .hook(.takeOver), .hook(.thaw), .loading, .idle, .released: policy.startTimeout
        }
    }
}
