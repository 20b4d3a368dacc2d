/// Where a job is in its life. A terminal status is final.
package enum JobStatus: String, Sendable, Hashable, CaseIterable {
    case pending
    case running
    case cancelling
    case completed
    case failed
    case cancelled

    package var isTerminal: Bool {
        switch self {
        case .completed, .failed, .cancelled: true
        case .pending, .running, .cancelling: false
        }
    }
}
