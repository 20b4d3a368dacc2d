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
    for what: String, within limit: Duration = .seconds(20), detail: () -> String = { "" }, until look: () throws -> T?
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

/// What `work` gives, and the seconds that it took.
func timed<T>(_ work: () async throws -> T) async throws -> (result: T, seconds: Double) {
    let start = SystemClock().monotonic()
    let result = try await work()
    return (result, (SystemClock().monotonic() - start).inSeconds)
}
