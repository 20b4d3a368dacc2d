/// When alerts are raised, and who is told: the table `alerts` of `lunad.lua`.
package struct AlertSettings: Sendable, Hashable {
    /// So many failures of one daemon within the window are a crash loop.
    package var crashErrors = 10
    package var crashWindow = Duration.seconds(600)
    /// The part of a job type's runs that may fail within the window, once there were so many.
    package var failureRate = 0.5
    package var failureRuns = 10
    package var failureWindow = Duration.seconds(600)
    /// A running job that has shown no progress for so long is stuck.
    package var jobSilence = Duration.seconds(900)
    /// Bytes that have to be free on the database's disk; on a small disk a tenth of it is enough.
    package var diskFree = 512 << 20
    /// Kinds that are not raised.
    package var off: Set<Alert.Kind> = []
    /// A program that gets each alert as JSON on standard input when it is raised and when it is resolved.
    package var command: [String]?
    /// An address that gets each alert as JSON in a POST.
    package var webhook: String?

    package init() {}

    init(_ reader: inout TableReader) {
        reader.table("crash_loop") { inner in
            crashErrors = inner.integer("errors", 2...1_000_000) ?? crashErrors
            crashWindow = inner.seconds("window", 10...86_400) ?? crashWindow
        }
        reader.table("job_failures") { inner in
            failureRate = inner.number("rate", 0.01...1) ?? failureRate
            failureRuns = inner.integer("runs", 1...1_000_000) ?? failureRuns
            failureWindow = inner.seconds("window", 10...86_400) ?? failureWindow
        }
        jobSilence = reader.seconds("job_silence", 1...(86_400 * 365)) ?? jobSilence
        diskFree = reader.bytes("disk_free", 0...(1 << 50)) ?? diskFree
        command = reader.strings("command")
        if command?.isEmpty == true { reader.problem("command", "is empty; expected a program and its arguments") }
        webhook = reader.string("webhook")
        if let webhook, !webhook.hasPrefix("https://"), !webhook.hasPrefix("http://") {
            reader.problem("webhook", "is \"\(webhook)\"; expected an address that begins with https:// or http://")
        }
        for word in reader.strings("off") ?? [] {
            if let kind = Alert.Kind(rawValue: word) {
                off.insert(kind)
            } else {
                let words = Alert.Kind.allCases.map(\.rawValue)
                let hint = DidYouMean.hint(for: word, in: words)
                reader.problem("off", "has \"\(word)\"\(hint); expected any of \(words.joined(separator: ", "))")
            }
        }
    }
}
