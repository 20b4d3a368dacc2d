import Glibc
import Synchronization

private let asked = Atomic(false)

/// Ctrl-C, or the request to end: what is under way ends at its next wait, and takes its host and folder along.
enum Interruption {
    static var isAsked: Bool { asked.load(ordering: .relaxed) }

    /// The second request ends the process as it would have without this.
    static func listen() {
        _ = isAsked
        for number in [SIGINT, SIGTERM] {
            signal(number) { received in
                asked.store(true, ordering: .relaxed)
                signal(received, SIG_DFL)
            }
        }
    }

    static func check() throws(BenchError) {
        if isAsked { throw BenchError("interrupted") }
    }
}
