/// One daemon's log, kept from flooding: repeated lines are folded, too many are dropped and counted, long ones cut.
///
/// A token bucket lets `burst` lines through at once and `rate` a second in the long run; errors may go on to overdraw
/// it by as much again, so they are dropped last. What was left out is told by a line of its own.
package struct LogGate: Sendable {
    /// Longer messages are cut and longer fields left out, with a mark (in bytes of UTF-8; fields as JSON, about).
    package static let longestMessage = 8 << 10
    package static let longestFields = 16 << 10
    /// Repeats and drops are told at the latest after this long, drops not before.
    package static let reportInterval = Duration.seconds(2)

    private let rate: Double
    private let burst: Double
    private var tokens: Double
    private var refilledAt: MonotonicTime?
    /// What the last line let through said, and how often it came again since.
    private var last: Said?
    private var repeats = Run()
    private var drops = Run()

    /// What makes a line a repeat: the same words at the same level; time, step and generation do not matter.
    private struct Said {
        let level: LogLevel
        let job: Int64?
        let message: String
        let fields: Value?

        init(_ entry: LogEntry) {
            level = entry.level
            job = entry.job
            message = entry.message
            fields = entry.fields
        }

        func isSaid(by entry: LogEntry) -> Bool {
            message == entry.message && level == entry.level && job == entry.job && fields == entry.fields
        }
    }

    /// Lines that were left out: how many, since when, and the newest of them for its place and time.
    private struct Run {
        var count = 0
        var since: MonotonicTime?
        var newest: LogEntry?

        mutating func add(_ entry: LogEntry, _ now: MonotonicTime) {
            count += 1
            since = since ?? now
            newest = entry
        }
    }

    /// `rate` in lines a second.
    package init(rate: Double, burst: Int) {
        self.rate = max(rate, 0.001)
        self.burst = Double(max(burst, 1))
        tokens = self.burst
    }

    /// Whether `entry` is to be written down, maybe cut; before it come the `reports` about what was left out.
    package mutating func pass(_ entry: inout LogEntry, now: MonotonicTime, reports: inout [LogEntry]) -> Bool {
        entry.cut(message: Self.longestMessage, fields: Self.longestFields)
        if hasLeftOut { reports += flush(now, force: false) }
        if let last, last.isSaid(by: entry) {
            repeats.add(entry, now)
            return false
        }
        if hasLeftOut { reports += report(repeatsAt: now) }
        refill(now)
        // Errors may overdraw by one more burst.
        guard tokens >= (entry.level == .error ? 1 - burst : 1) else {
            drops.add(entry, now)
            return false
        }
        tokens -= 1
        last = Said(entry)
        return true
    }

    private var hasLeftOut: Bool { repeats.count > 0 || drops.count > 0 }

    /// Lines about what was left out so far; call it when the daemon ends and now and then while it is silent.
    ///
    /// With `force` false, only what has waited for `reportInterval`.
    package mutating func flush(_ now: MonotonicTime, force: Bool = true) -> [LogEntry] {
        var out: [LogEntry] = []
        if force || isDue(repeats, now) { out += report(repeatsAt: now) }
        if force || isDue(drops, now) { out += report(dropsAt: now) }
        return out
    }

    /// When `flush` has something to tell at the latest; nil while nothing was left out.
    package var reportDue: MonotonicTime? {
        [repeats.since, drops.since].compactMap { $0 }.min().map { $0 + Self.reportInterval }
    }

    private func isDue(_ run: Run, _ now: MonotonicTime) -> Bool {
        run.since.map { now >= $0 + Self.reportInterval } ?? false
    }

    private mutating func refill(_ now: MonotonicTime) {
        let from = refilledAt ?? now
        guard now >= from else { return }
        tokens = min(burst, tokens + Double(now.nanoseconds - from.nanoseconds) / 1e9 * rate)
        refilledAt = now
    }

    private mutating func report(repeatsAt now: MonotonicTime) -> [LogEntry] {
        defer { repeats = Run() }
        guard var entry = repeats.newest else { return [] }
        let times = repeats.count == 1 ? "once" : "\(repeats.count.grouped) times"
        entry.message = "last line repeated \(times)"
        entry.fields = nil
        return [entry]
    }

    private mutating func report(dropsAt now: MonotonicTime) -> [LogEntry] {
        defer { drops = Run() }
        guard var entry = drops.newest, let since = drops.since else { return [] }
        let lines = drops.count == 1 ? "1 line" : "\(drops.count.grouped) lines"
        let tenths = Int(((now - since).inSeconds * 10).rounded())
        entry.message = "\(lines) dropped in \(tenths / 10).\(tenths % 10) s: more than \(rate.shown) a second"
        entry.fields = nil
        entry.level = .warn
        // What comes next is no repeat of the line before the gap.
        last = nil
        return [entry]
    }
}

extension LogEntry {
    /// Leaves at most `message` bytes of text and `fields` bytes of JSON, with a visible mark where something was cut.
    fileprivate mutating func cut(message longestMessage: Int, fields longestFields: Int) {
        if message.utf8.count > longestMessage { message = message.cut(to: longestMessage) }
        var room = longestFields
        if let fields, !fields.takes(atMost: &room) {
            self.fields = ["cut": .string("the fields were longer than \(longestFields) bytes")]
        }
    }
}

extension Value {
    /// Takes from `room` about as many bytes as this has as JSON, without making the text; false when they do not suffice.
    fileprivate func takes(atMost room: inout Int, depth: Int = 0) -> Bool {
        guard depth <= JSON.Limits().depth else { return false }
        switch self {
        case .null, .boolean, .integer, .number: room -= 8
        case .string(let text): room -= text.utf8.count + 2
        case .bytes(let bytes): room -= bytes.count * 4 / 3 + 13
        case .array(let elements): return elements.allSatisfy { $0.takes(atMost: &room, depth: depth + 1) } && room >= 0
        case .object(let fields):
            return fields.allSatisfy {
                room -= $0.key.utf8.count + 4
                return $0.value.takes(atMost: &room, depth: depth + 1)
            } && room >= 0
        case .map(let entries):
            return entries.allSatisfy {
                $0.key.takes(atMost: &room, depth: depth + 1) && $0.value.takes(atMost: &room, depth: depth + 1)
            } && room >= 0
        }
        return room >= 0
    }
}

extension String {
    /// At most `limit` bytes of UTF-8 and a mark that tells how many were left out.
    package func cut(to limit: Int) -> String {
        let count = utf8.count
        guard count > limit else { return self }
        var end = utf8.index(utf8.startIndex, offsetBy: limit)
        while Index(end, within: unicodeScalars) == nil { end = utf8.index(before: end) }
        let kept = self[..<end]
        return "\(kept)… (\(count - kept.utf8.count) more bytes cut)"
    }
}
