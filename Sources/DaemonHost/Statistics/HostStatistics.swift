import Model
import Synchronization

/// The numbers of all daemons together, and which daemons have a track of their own.
package final class HostStatistics: Sendable {
    /// The most daemons that are counted one by one.
    package static let mostTracks = 256

    private struct Tracked {
        weak var daemon: DaemonStatistics?
        /// When it was last asked for, as a number that grows.
        var asked: Int
    }

    private struct State {
        var track: StatisticsTrack
        /// The Lua heaps of all daemons together.
        var memory: Int64 = 0
    }

    private struct Tracks {
        var list: [Tracked] = []
        var questions = 0
    }

    private let clock: any HostClock
    private let state: Mutex<State>
    private let tracks = Mutex(Tracks())

    package init(clock: any HostClock) {
        self.clock = clock
        state = Mutex(State(track: StatisticsTrack(at: clock.monotonic())))
    }

    func add(_ sample: StatisticsSeries.Sample, at now: MonotonicTime) {
        state.withLock { $0.track.add(sample, at: now) }
    }

    /// A daemon's heap has grown, or shrunk, by so much.
    func changeMemory(by bytes: Int64, at now: MonotonicTime) {
        state.withLock { state in
            state.memory += bytes
            state.track.setMemory(state.memory, at: now)
        }
    }

    func report(span: Duration) -> StatisticsReport {
        let now = clock.monotonic()
        return state.withLock { $0.track.report(span: span, now: now, wall: clock.now()) }
    }

    /// The last `span` of one daemon, which has a track from now on.
    func report(of daemon: DaemonStatistics, span: Duration) -> StatisticsReport {
        let now = clock.monotonic()
        let evicted = tracks.withLock { tracks -> DaemonStatistics? in
            tracks.questions += 1
            if let index = tracks.list.firstIndex(where: { $0.daemon === daemon }) {
                tracks.list[index].asked = tracks.questions
                return nil
            }
            let evicted = Self.makeRoom(in: &tracks)
            tracks.list.append(Tracked(daemon: daemon, asked: tracks.questions))
            return evicted
        }
        evicted?.endTrack()
        return daemon.report(span: span, now: now, wall: clock.now())
    }

    /// A daemon has its first sample: it gets a track while there is room.
    func admit(_ daemon: DaemonStatistics) -> Bool {
        tracks.withLock { tracks in
            if tracks.list.count >= Self.mostTracks { tracks.list.removeAll { $0.daemon == nil } }
            guard tracks.list.count < Self.mostTracks else { return false }
            if !tracks.list.contains(where: { $0.daemon === daemon }) {
                tracks.list.append(Tracked(daemon: daemon, asked: 0))
            }
            return true
        }
    }

    /// Takes the one out that was not asked for for the longest time, when all places are taken.
    private static func makeRoom(in tracks: inout Tracks) -> DaemonStatistics? {
        tracks.list.removeAll { $0.daemon == nil }
        guard tracks.list.count >= mostTracks,
            let index = tracks.list.indices.min(by: { tracks.list[$0].asked < tracks.list[$1].asked })
        else { return nil }
        return tracks.list.remove(at: index).daemon
    }
}
