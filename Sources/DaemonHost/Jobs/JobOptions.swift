import Model

/// The options of a launch as a script gives them, checked.
struct JobOptions {
    private static let known = LunadAPI.type(named: "LaunchOptions")?.names ?? []

    var request: JobRequest
    var attempts: Int?

    init(type: String, args: Value, options: Value, launcher: JobLauncher, now: WallTime) throws(HostError) {
        request = JobRequest(type: type, args: args == .null ? .emptyTable : args)
        request.daemon = launcher.daemon
        request.generation = launcher.generation
        request.parent = launcher.job
        for field in options.fields { try take(field, now: now) }
    }

    private mutating func take(_ field: Value.Field, now: WallTime) throws(HostError) {
        switch field.key {
        case "monitor": request.isMonitored = try Self.need(field.value.boolValue, field, "true or false")
        case "delay":
            let seconds = try Self.need(field.value.doubleValue, field, "seconds, a number ≥ 0")
            request.runAt = now + .saturating(seconds: seconds)
        case "priority": request.priority = Int(try Self.need(field.value.integerValue, field, "an integer"))
        case "attempts":
            let bounds = JobLimits.attempts
            let count = field.value.integerValue.flatMap { bounds.contains(Int($0)) ? Int($0) : nil }
            attempts = try Self.need(count, field, "an integer from \(bounds.lowerBound) to \(bounds.upperBound)")
        case "key":
            let key = try Self.need(field.value.stringValue, field, "text")
            guard !key.isEmpty, key.utf8.count <= JobLimits.uniqueKeyBytes else {
                throw Self.unfit(field, "1 to \(JobLimits.uniqueKeyBytes) bytes of text")
            }
            request.uniqueKey = key
        case "on_conflict":
            let name = try Self.need(field.value.stringValue, field, "existing, replace or refuse")
            request.onConflict = try Self.need(
                JobRequest.Conflict(rawValue: name), field, "existing, replace or refuse")
        case "tags": request.tags = try Self.tags(field)
        default:
            throw HostError(
                .invalidArgument,
                "unknown option '\(field.key)'\(DidYouMean.hint(for: field.key, in: Self.known)); known are \(Self.known.joined(separator: ", "))"
            )
        }
    }

    private static func tags(_ field: Value.Field) throws(HostError) -> [String] {
        let expected = "a list of at most \(JobLimits.tags) strings"
        guard case .array(let elements) = field.value, elements.count <= JobLimits.tags else {
            if field.value == .emptyTable { return [] }
            throw unfit(field, expected)
        }
        var tags: [String] = []
        for element in elements { tags.append(try need(element.stringValue, field, expected)) }
        return tags
    }

    private static func need<Wanted>(
        _ value: Wanted?, _ field: Value.Field, _ expected: String
    ) throws(HostError) -> Wanted {
        guard let value else { throw unfit(field, expected) }
        return value
    }

    private static func unfit(_ field: Value.Field, _ expected: String) -> HostError {
        HostError(.invalidArgument, "option '\(field.key)' is \(field.value.shown()); expected \(expected)")
    }
}
