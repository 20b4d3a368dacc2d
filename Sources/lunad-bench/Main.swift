import BenchFloors
import Glibc
import Model

/// Measures lunad against what plain C needs for the same work, on this machine and in this hour.
@main
struct Main {
    private static let groups: [Group] = [
        .crowd, .steps, .calls, .jobs, .launch, .sessions, .logs, .commands, .swap, .start, .http, .asleep,
    ]

    static func main() {
        let words = Array(CommandLine.arguments.dropFirst())
        if let floor = ProcessFloor(words) { exit(floor.run() ? 0 : 1) }
        Interruption.listen()
        do throws(BenchError) {
            try run(try Arguments(words))
        } catch {
            complain(error)
            exit(1)
        }
    }

    private static func run(_ arguments: Arguments) throws(BenchError) {
        if arguments.help { return tell(Arguments.usage) }
        if arguments.list { return list() }
        let names = Set(groups.flatMap(\.lines).map(\.name))
        if let unknown = arguments.names.first(where: { !names.contains($0) }) {
            throw BenchError("there is no measurement '\(unknown)': --list names them")
        }
        var bench = try Bench()
        if arguments.quick { bench.hurry() }
        if let rounds = arguments.rounds { bench.rounds = rounds }
        if arguments.growth { return try Growth(bench).show(json: arguments.json) }
        let wanted = arguments.names.isEmpty ? names : Set(arguments.names)
        try measure(wanted, bench, json: arguments.json)
    }

    private static func list() {
        for line in groups.flatMap(\.lines) { tell(Report.padded(line.name, 16) + line.title) }
    }

    /// A group that fails is told of, and the others go on.
    private static func measure(_ wanted: Set<String>, _ bench: Bench, json: Bool) throws(BenchError) {
        var results: [Outcome] = []
        var failures: [String] = []
        if !json { tell(Report.head) }
        for group in groups where group.lines.contains(where: { wanted.contains($0.name) }) {
            try Interruption.check()
            do throws(BenchError) {
                for (line, samples) in zip(group.lines, try group.measure(bench)) where wanted.contains(line.name) {
                    let result = Outcome(line, samples)
                    results.append(result)
                    if !json { tell(Report.text(result)) }
                }
            } catch {
                failures.append(group.lines.map(\.name).joined(separator: ", "))
                complain(error)
            }
        }
        if json { tell(Main.json(.array(results.map(\.value)))) }
        guard failures.isEmpty else { throw BenchError("not measured: \(failures.joined(separator: ", "))") }
    }

    static func json(_ value: Value) -> String { (try? JSON.encode(value)) ?? "null" }

    static func tell(_ line: String) {
        print(line)
        fflush(nil)
    }

    private static func complain(_ error: BenchError) {
        var line = "lunad-bench: \(error)\n"
        line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
