/// What a person wants of a schedule; what is nil stays as it is, or is the default in a new one.
package struct ScheduleChange: Sendable, Hashable {
    /// How the host's own zone is called where a zone is named.
    package static let hostZone = "local"

    package var type: String?
    package var args: Value?
    /// A cron line; instead of an interval.
    package var cron: String?
    /// An interval in seconds; instead of a cron line.
    package var every: Double?
    /// A zone's name, or `local`.
    package var zone: String?
    package var catchUp: ScheduleRecord.CatchUp?
    package var overlap: ScheduleRecord.Overlap?
    package var isEnabled: Bool?

    package init(
        type: String? = nil, args: Value? = nil, cron: String? = nil, every: Double? = nil, zone: String? = nil,
        catchUp: ScheduleRecord.CatchUp? = nil, overlap: ScheduleRecord.Overlap? = nil, isEnabled: Bool? = nil
    ) {
        self.type = type
        self.args = args
        self.cron = cron
        self.every = every
        self.zone = zone
        self.catchUp = catchUp
        self.overlap = overlap
        self.isEnabled = isEnabled
    }

    /// The schedule as it is wanted: `before` with the changes, or a new one. Throws `invalidArgument` with what is missing
    /// or does not go together. Type and arguments are for the caller to check.
    package func applied(to before: ScheduleRecord?, named name: String) throws(HostError) -> ScheduleRecord {
        guard let type = type ?? before?.type else {
            throw HostError(.invalidArgument, "the schedule '\(name)' needs a type: the job that it launches")
        }
        var after = ScheduleRecord(
            name: name, type: type, args: args ?? before?.args ?? .emptyTable, timing: try timing(before, name),
            zone: before?.zone, isEnabled: isEnabled ?? before?.isEnabled ?? true,
            catchUp: catchUp ?? before?.catchUp ?? .none, overlap: overlap ?? before?.overlap ?? .skip)
        if let zone { after.zone = [Self.hostZone, ""].contains(zone) ? nil : zone }
        if case .every = after.timing {
            guard zone == nil || after.zone == nil else {
                throw HostError(
                    .invalidArgument, "the schedule '\(name)' has an interval, which means the same in every zone")
            }
            after.zone = nil
        }
        try after.check()
        return after
    }

    private func timing(_ before: ScheduleRecord?, _ name: String) throws(HostError) -> ScheduleRecord.Timing {
        switch (cron, every) {
        case (let line?, nil): return .cron(try CronExpression(line))
        case (nil, let seconds?):
            guard seconds.isFinite, seconds > 0 else {
                throw HostError(.invalidArgument, "every is \(seconds.shown); expected seconds, 1 or more")
            }
            return .every(.saturating(seconds: seconds))
        case (_?, _?):
            throw HostError(
                .invalidArgument, "the schedule '\(name)' is given a cron line and an interval; it has one of them")
        case (nil, nil):
            guard let timing = before?.timing else {
                throw HostError(
                    .invalidArgument,
                    "the schedule '\(name)' needs a cron line, such as \"0 3 * * *\", or an interval in seconds")
            }
            return timing
        }
    }
}
