/// What a claim gave.
package struct JobClaim: Sendable, Hashable {
    /// The jobs that run now.
    package var jobs: [JobRecord]
    /// Types that the gate admits but whose best job stays behind an older one of a type that they conflict with: until a
    /// job ends, starts to wait for others or is launched, nothing of them is to be had.
    package var heldBack: Set<String>

    package init(jobs: [JobRecord], heldBack: Set<String> = []) {
        self.jobs = jobs
        self.heldBack = heldBack
    }
}
