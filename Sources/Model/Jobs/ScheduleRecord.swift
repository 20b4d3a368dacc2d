/// A schedule as the database keeps it: it launches jobs of one type by the clock.
package struct ScheduleRecord: Sendable, Hashable {
    package enum Timing: Sendable, Hashable {
        /// A grid from the moment it was saved or enabled; at least a second.
        case every(Duration)
        /// By the clocks of its zone.
        case cron(CronExpression)
    }

    /// What happens to occurrences that were missed, because no host ran or because it was late.
    package enum CatchUp: String, Sendable, Hashable, CaseIterable {
        /// They are skipped.
        case none
        /// The last one is made up for, the others are skipped.
        case one
        /// Each is made up for, the last 100 at most.
        case all
    }

    /// What happens when an occurrence comes while a job of the same schedule is not finished.
    package enum Overlap: String, Sendable, Hashable, CaseIterable {
        /// It is skipped.
        case skip
        /// It waits until the jobs before it are finished; 100 wait at most.
        case queue
        /// It runs beside it.
        case allow
    }

    package var name: String
    package var type: String
    package var args: Value
    package var timing: Timing
    /// The zone whose clocks the cron line means, such as `Europe/Berlin`; nil for the host's own.
    package var zone: String?
    package var isEnabled: Bool
    package var catchUp: CatchUp
    package var overlap: Overlap
    /// The last occurrence that was dealt with.
    package var lastOccurrence: WallTime?
    /// The first that was not; nil while disabled, and for a cron line that is never due again.
    package var nextOccurrence: WallTime?
    /// Occurrences that wait for the jobs before them, oldest first.
    package var queued: [WallTime]

    package init(
        name: String, type: String, args: Value = .emptyTable, timing: Timing, zone: String? = nil,
        isEnabled: Bool = true, catchUp: CatchUp = .none, overlap: Overlap = .skip
    ) {
        self.name = name
        self.type = type
        self.args = args
        self.timing = timing
        self.zone = zone
        self.isEnabled = isEnabled
        self.catchUp = catchUp
        self.overlap = overlap
        queued = []
    }

    /// Whether it is due at the same times as the other one, and counted since the same moment.
    package func isTimed(like other: ScheduleRecord) -> Bool {
        timing == other.timing && zone == other.zone && isEnabled == other.isEnabled
    }

    /// Throws `invalidArgument` for what no store would take.
    package func check() throws(HostError) {
        guard !name.isEmpty, name.utf8.count <= JobLimits.nameBytes else {
            throw HostError(
                .invalidArgument,
                "the schedule's name has \(name.utf8.count) bytes; expected 1 to \(JobLimits.nameBytes)")
        }
        try JobRequest(type: type, args: args).check()
        if case .every(let span) = timing, !(.seconds(1)...Self.longest).contains(span) {
            throw HostError(
                .invalidArgument,
                "the schedule '\(name)' is due every \(span.inSeconds.shown) seconds; expected 1 second to a year")
        }
    }

    /// The longest interval: a year.
    private static let longest = Duration.seconds(366 * 86_400)
}

/// What became of occurrences of a schedule: of one that ran, or of some in a row that were skipped alike.
package struct ScheduleRun: Sendable, Hashable {
    package enum Outcome: Sendable, Hashable {
        /// The job that it launched.
        case ran(Int64)
        case skipped(String)
    }

    package var schedule: String
    /// When it was decided.
    package var at: WallTime
    package var first: WallTime
    /// The same as `first` when it was one.
    package var last: WallTime
    /// How many; nil when they were too many to count.
    package var count: Int?
    package var outcome: Outcome

    package init(
        schedule: String, at: WallTime, first: WallTime, last: WallTime, count: Int?, outcome: Outcome
    ) {
        self.schedule = schedule
        self.at = at
        self.first = first
        self.last = last
        self.count = count
        self.outcome = outcome
    }
}
