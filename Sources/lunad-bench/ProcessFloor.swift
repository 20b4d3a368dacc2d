import BenchFloors
import Glibc

/// A floor that needs a process of its own: the benchmark starts itself with these words.
enum ProcessFloor {
    /// A host's start: the database, so many daemons, a step of each, told on standard error.
    case start(database: String, count: Int32)
    /// The memory of so many states, told on standard error as a number of bytes.
    case memory(count: Int32, steps: Int32)

    init?(_ words: [String]) {
        guard words.count == 3, let number = Int32(words[2]) else { return nil }
        switch words[0] {
        case "--floor-start": self = .start(database: words[1], count: number)
        case "--floor-memory": self = .memory(count: Int32(words[1]) ?? 0, steps: number)
        default: return nil
        }
    }

    var words: [String] {
        switch self {
        case .start(let database, let count): ["--floor-start", database, "\(count)"]
        case .memory(let count, let steps): ["--floor-memory", "\(count)", "\(steps)"]
        }
    }

    func run() -> Bool {
        switch self {
        case .start(let database, let count): return bench_start(database, Scripts.first, count)
        case .memory(let count, let steps):
            var text = "\(bench_lua_memory(Scripts.sixty, count, steps))\n"
            return text.withUTF8 { write(STDERR_FILENO, $0.baseAddress, $0.count) == $0.count }
        }
    }
}
