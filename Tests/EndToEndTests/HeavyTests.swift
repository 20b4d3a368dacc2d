import Glibc
import Testing

/// The tests that load the machine: one after the other, so that each has it to itself.
@Suite("Under load", .serialized)
enum HeavyTests {
    /// Whether the long versions are wanted: `LUNAD_TORTURE=1`.
    static let isTorture = getenv("LUNAD_TORTURE").map { String(cString: $0) } == "1"
}
