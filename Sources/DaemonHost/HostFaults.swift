import Model
import Synchronization

/// Which host calls of scripts are to fail, with what message and how often: how a test sees a script in trouble.
package final class HostFaults: Sendable {
    private struct Fault {
        var call: String
        var message: String
        /// Only calls of this daemon; nil for those of every script.
        var daemon: String?
        /// Failures to come; nil for no end.
        var left: Int?
    }

    private let faults = Mutex<[Fault]>([])

    package init() {}

    /// What can be made to fail: every function that the host carries out, the beginning of a session, and its commit.
    package static let calls: [String] =
        (HostLibrary.named.keys.filter { !["stop", "fail", "retry_after"].contains($0) } + ["session", "commit"])
        .sorted()

    /// From now on `times` calls fail, or all of them when that is nil. Those told first are used up first.
    ///
    /// Throws `invalidArgument` for a call that cannot fail.
    package func add(
        _ call: String, message: String, daemon: String? = nil, times: Int? = 1
    ) throws(HostError) {
        guard Self.calls.contains(call) else {
            throw HostError(
                .invalidArgument, "there is no host call '\(call)' to fail\(DidYouMean.hint(for: call, in: Self.calls))"
            )
        }
        faults.withLock { $0.append(Fault(call: call, message: message, daemon: daemon, left: times)) }
    }

    /// Lets the call succeed again; all calls when it is nil.
    package func clear(_ call: String?) { faults.withLock { $0.removeAll { call == nil || $0.call == call } } }

    /// Uses up one failure of this call, if there is one.
    func take(_ call: String, by daemon: String?) -> String? {
        faults.withLock { faults in
            let index = faults.firstIndex { $0.call == call && ($0.daemon == nil || $0.daemon == daemon) }
            guard let index else { return nil }
            let message = faults[index].message
            if let left = faults[index].left {
                faults[index].left = left - 1
                if left <= 1 { faults.remove(at: index) }
            }
            return message
        }
    }
}
