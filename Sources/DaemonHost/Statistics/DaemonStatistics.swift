import Model
import Synchronization

/// One daemon's numbers: its last steps always, a track of what happened while it has a place among those that have one.
final class DaemonStatistics: Sendable {
    /// How many of its last steps are kept.
    static let recentSteps = 30

    private struct State {
        /// Seconds of the last steps, a ring once it is full.
        var recent: [Float] = []
        var oldest = 0
        var track: StatisticsTrack?
        var wasAdmitted = false
        var memory: Int64 = 0
    }

    private let host: HostStatistics
    private let state = Mutex(State())

    init(host: HostStatistics) { self.host = host }

    func add(_ sample: StatisticsSeries.Sample, at now: MonotonicTime) {
        let isFirst = state.withLock { state in
            if case .step(let took, _) = sample { Self.keep(Float(took) / 1e9, in: &state) }
            defer { state.wasAdmitted = true }
            if state.wasAdmitted || state.track != nil {
                state.track?.add(sample, at: now)
                return false
            }
            return true
        }
        if isFirst, host.admit(self) {
            state.withLock { state in
                if state.track == nil { state.track = StatisticsTrack(at: now, memory: state.memory) }
                state.track?.add(sample, at: now)
            }
        }
        host.add(sample, at: now)
    }

    /// Its Lua heap takes so much now.
    func setMemory(_ bytes: Int64, at now: MonotonicTime) {
        let change = state.withLock { state in
            defer { state.memory = bytes }
            guard bytes != state.memory else { return Int64(0) }
            state.track?.setMemory(bytes, at: now)
            return bytes - state.memory
        }
        if change != 0 { host.changeMemory(by: change, at: now) }
    }

    /// Its last steps, oldest first, in seconds.
    var recent: [Float] { state.withLock { Array($0.recent[$0.oldest...] + $0.recent[..<$0.oldest]) } }

    /// What is tracked of the last `span`; tracks it from now on.
    func report(span: Duration, now: MonotonicTime, wall: WallTime) -> StatisticsReport {
        state.withLock { state in
            let track = state.track ?? StatisticsTrack(at: now, memory: state.memory)
            state.track = track
            state.wasAdmitted = true
            return track.report(span: span, now: now, wall: wall)
        }
    }

    /// Its place went to another.
    func endTrack() { state.withLock { $0.track = nil } }

    private static func keep(_ seconds: Float, in state: inout State) {
        if state.recent.count < recentSteps {
            state.recent.append(seconds)
        } else {
            state.recent[state.oldest] = seconds
            state.oldest = (state.oldest + 1) % recentSteps
        }
    }
}
