import Model
import Platform
import SQLiteStore

/// Looks at the database: whether it is whole, up to date, and of a sound size.
struct DatabaseExamination {
    /// A log that grew to so many bytes is kept from being taken up by somebody who reads for long.
    private static let largestLog: Int64 = 256 << 20

    let context: CommandContext
    let isThorough: Bool
    private var project: ProjectFolder { context.project }

    func diagnoses() -> [Diagnosis] {
        guard (try? Files.facts(of: project.database)) != nil else {
            return [.ok("database", "there is none yet: it is made when the host first runs")]
        }
        return [integrity(), migrations()] + log()
    }

    private func integrity() -> Diagnosis {
        do throws(HostError) {
            let problems = try SQLiteStore.examine(path: project.database, isThorough: isThorough)
            let megabytes = ((try Files.facts(of: project.database))?.size ?? 0) >> 20
            guard let first = problems.first else {
                let how = isThorough ? "whole, every index included" : "whole"
                return .ok("database", "\(how); \(megabytes) MB")
            }
            return .fail(
                "database", "it is damaged: \(first)",
                advice: "stop the host, keep a copy of \(project.database), and put a backup in its place")
        } catch {
            return .fail("database", error.description, advice: "see that it can be read, or put a backup in its place")
        }
    }

    private func migrations() -> Diagnosis {
        do throws(HostError) {
            let pending = try SQLiteStore.pendingMigrations(
                path: project.database, projectMigrations: project.migrations)
            guard let first = pending.first else { return .ok("migrations", "all are applied") }
            return .warn(
                "migrations", "\(pending.count) not applied yet, the first is \(first.name)",
                advice: "start the host anew, or run 'lunad migrate' while none runs")
        } catch {
            return .fail("migrations", error.message, advice: "until that is done no host starts here")
        }
    }

    private func log() -> [Diagnosis] {
        guard let size = (try? Files.facts(of: project.database + "-wal"))?.size, size > Self.largestLog else {
            return []
        }
        return [
            .warn(
                "database", "its write-ahead log has grown to \(size >> 20) MB",
                advice: "end what reads it for long, such as an open sqlite3 shell in a transaction")
        ]
    }
}
