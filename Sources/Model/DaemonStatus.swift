/// What a daemon is doing, as shown and stored. Only the daemon's own machine changes it.
package enum DaemonStatus: String, Sendable, Hashable, CaseIterable {
    case stopped
    case starting
    case running
    case backingOff = "backing_off"
    case stopping
    case failed

    /// Whether a Lua state exists or is being made for it: at boot no such status can be true yet.
    package var isLive: Bool {
        switch self {
        case .starting, .running, .backingOff, .stopping: true
        case .stopped, .failed: false
        }
    }

    /// Whether a Lua state exists and nobody has asked it to stop.
    package var isGoingOn: Bool { isLive && self != .stopping }

    /// Whether it stays as it is until something else happens.
    package var isSettled: Bool { self != .starting && self != .stopping }
}
