import Model
import Platform
import Testing

/// Waited for something that never came.
struct NeverCame: Error, CustomStringConvertible {
    var description: String
}

/// Looks every few milliseconds until `look` gives something; throws with `what` when it does not in time.
///
/// `detail` adds what was there instead, asked for only then.
@discardableResult
func wait<T>(
    for what: String, within limit: Duration = .patience, detail: () -> String = { "" }, until look: () throws -> T?
) async throws -> T {
    let deadline = SystemClock().monotonic() + limit
    while true {
        if let found = try look() { return found }
        guard SystemClock().monotonic() < deadline else {
            throw NeverCame(description: "waited \(limit) for this: \(what)\n\(detail())")
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}

extension Duration {
    /// How long a test waits for what must come: long enough for a machine that is busy with all other tests.
    static let patience = Duration.seconds(60)
}
