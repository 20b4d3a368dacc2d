/// What became of a claim.
package struct JobClaim: Sendable, Hashable {
    /// The jobs that run now.
    package var jobs: [JobRecord]
    /// Types that the gate admits but whose best job stays behind an older one of a type that they conflict with: until a
    /// job ends, starts to wait for others or is launched, nothing of them is to be had.
    package var heldBack: Set<String>
    /// How many were asked for; there may be more when as many were found.
    package var limit: Int
    /// When the next of those that wait for their time is due, of the types that may start then; nil when none waits.
    package var nextDue: WallTime?

    package init(jobs: [JobRecord], heldBack: Set<String> = [], limit: Int, nextDue: WallTime? = nil) {
        self.jobs = jobs
        self.heldBack = heldBack
        self.limit = limit
        self.nextDue = nextDue
    }
}

/// Who claims: asked for its room in the moment of the claim, so that what has happened while that waited for its turn
/// counts.
package struct JobClaimant: Sendable {
    /// How many jobs may start, and which types.
    package struct Room: Sendable {
        package var limit: Int
        package var gate: JobGate

        package init(limit: Int, gate: JobGate = JobGate()) {
            self.limit = limit
            self.gate = gate
        }
    }

    /// The host's run; each claim's token begins with it.
    package var boot: String
    /// Called on a thread of the store's; must not block. It is called again when what the claim did was undone because
    /// another write beside it failed.
    package var room: @Sendable () -> Room

    package init(boot: String, room: @escaping @Sendable () -> Room) {
        self.boot = boot
        self.room = room
    }
}

/// What a launch made, and what was claimed in the same transaction.
package struct JobLaunches: Sendable, Hashable {
    package var launches: [JobLaunch]
    /// Nil when nobody claimed.
    package var claim: JobClaim?

    package init(_ launches: [JobLaunch], claim: JobClaim? = nil) {
        self.launches = launches
        self.claim = claim
    }
}

/// What an attempt's end did, and what was claimed in the same transaction.
package struct JobEnding: Sendable, Hashable {
    package var outcome: JobOutcome
    /// Nil when nobody claimed.
    package var claim: JobClaim?

    package init(_ outcome: JobOutcome, claim: JobClaim? = nil) {
        self.outcome = outcome
        self.claim = claim
    }
}
