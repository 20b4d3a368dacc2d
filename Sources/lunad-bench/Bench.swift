import Glibc
import Platform

/// How much is measured, and by which program.
struct Bench: Sendable {
    /// `lunad`, which is built beside the benchmark.
    let program: String
    /// The benchmark itself, for a floor that is a process of its own.
    let itself: String
    /// How many times each line is measured.
    var rounds = 5
    /// Daemons in the crowd.
    var crowd = 10_000
    /// Seconds of each span in which something is counted.
    var span = 5.0

    init() throws(BenchError) {
        guard let itself = RealPath.of("/proc/self/exe"), let slash = itself.lastIndex(of: "/") else {
            throw BenchError("this program cannot find itself: /proc is not mounted")
        }
        self.itself = itself
        program = itself[...slash] + "lunad"
        guard access(program, X_OK) == 0 else { throw BenchError("there is no \(program): build it first") }
    }

    /// Less of everything, to see that it works.
    mutating func hurry() {
        rounds = 2
        crowd = 1_000
        span = 2
    }

    /// What it costs, by what a counter shows at the begin and at the end of a span: per second.
    func perSecond(_ counters: [() -> Double]) -> [Double] {
        let start = monotonicSeconds()
        let before = counters.map { $0() }
        usleep(UInt32(span * 1e6))
        let after = counters.map { $0() }
        let seconds = monotonicSeconds() - start
        return zip(before, after).map { ($1 - $0) / seconds }
    }
}
