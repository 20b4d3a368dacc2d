import Glibc
import Model
import Platform
import Testing

/// Waits for something that another thread brings about, at most ten seconds; says in `what` what never came.
func eventually(_ what: Comment, _ condition: () -> Bool) {
    let deadline = SystemClock().monotonic() + .seconds(10)
    while !condition() {
        guard SystemClock().monotonic() < deadline else {
            Issue.record("waited ten seconds for this: \(what)")
            return
        }
        sched_yield()
    }
}
