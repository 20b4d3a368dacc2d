import Model

extension Shape {
    /// `ScheduleStanding`
    static let schedule = Shape.object(
        "Schedule",
        [
            "name": .text, "type": .text, "args": .any, "cron": .optional(.text), "every": .optional(.number),
            "zone": .optional(.text), "catch_up": .word(of: ScheduleRecord.CatchUp.self),
            "overlap": .word(of: ScheduleRecord.Overlap.self), "enabled": .boolean, "next_at": .optional(.instant),
            "last_at": .optional(.instant),
            "last_outcome": .optional(.words(JobStatus.allCases.map(\.rawValue) + ["skipped", "launched"])),
            "last_reason": .optional(.text), "last_job": .optional(.integer), "waiting": .integer,
        ])

    /// `ScheduleRun`
    static let scheduleRun = Shape.object(
        "ScheduleRun",
        [
            "schedule": .text, "at": .instant, "first": .instant, "last": .instant, "count": .optional(.integer),
            "job": .optional(.integer), "skipped": .optional(.text),
        ])

    /// `JobTypeStanding`
    static let jobType = Shape.object(
        "JobType",
        [
            "type": .text, "doc": .sometimes(.optional(.text)), "kind": .sometimes(.words(["lua", "command"])),
            "args": .sometimes(.list(.argument)), "takes_any_args": .sometimes(.boolean),
            "command": .sometimes(.optional(.list(.text))), "timeout": .sometimes(.optional(.number)),
            "progress_timeout": .sometimes(.optional(.number)), "attempts": .sometimes(.integer),
            "backoff": .sometimes(.object(["base": .number, "max": .number])),
            "concurrency": .sometimes(.optional(.integer)), "conflicts_with": .sometimes(.list(.text)),
            "cancel_timeout": .sometimes(.number), "memory_bytes": .sometimes(.integer), "problem": .optional(.text),
        ])

    /// `ConfigKey`, for a form.
    private static let argument = Shape.object(
        "Argument",
        [
            "key": .text, "type": .word(of: ConfigKey.Kind.self), "default": .any, "min": .optional(.number),
            "max": .optional(.number), "one_of": .optional(.list(.any)), "required": .boolean, "secret": .boolean,
            "doc": .optional(.text),
        ])
}
