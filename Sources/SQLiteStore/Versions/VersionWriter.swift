import CSQLite
import Model

/// Writes down what became of the daemons' versions, inside a transaction that is already open.
struct VersionWriter {
    let connection: Connection

    func apply(_ write: VersionWrite) throws(HostError) {
        switch write {
        case .tried(let daemon, let version, let code): try add(daemon, version, code)
        case .ended(let daemon, let generation, let outcome, let reason):
            try run(
                "UPDATE daemon_versions SET outcome = ?3, reason = ?4 WHERE daemon = ?1 AND generation = ?2",
                .string(daemon), .integer(Int64(generation)), .string(outcome.rawValue), .string(reason))
        case .leftState(let daemon, let generation, let state, let version):
            try run(
                "UPDATE daemon_versions SET state = ?3, state_version = ?4 WHERE daemon = ?1 AND generation = ?2",
                .string(daemon), .integer(Int64(generation)), .string(try JSON.encode(state, style: .typed)),
                .integer(Int64(version)))
        case .runs(let daemon, let generation, let codeHash, let passedOver):
            try run(
                "UPDATE daemons SET generation = ?2, code_hash = ?3, passed_over = ?4 WHERE name = ?1",
                .string(daemon), .integer(Int64(generation)), .string(codeHash), .string(passedOver))
        case .passedOver(let daemon, let codeHash):
            try run("UPDATE daemons SET passed_over = ?2 WHERE name = ?1", .string(daemon), .string(codeHash))
        }
    }

    private func run(_ sql: String, _ parameters: Value...) throws(HostError) {
        do { try connection.run(sql, parameters) } catch { throw connection.hostError(error) }
    }

    private func rows<Row>(
        _ sql: String, _ parameters: [Value], _ make: (Statement) -> Row
    ) throws(HostError) -> [Row] {
        do { return try connection.rows(sql, parameters, make) } catch { throw connection.hostError(error) }
    }

    private func add(
        _ daemon: String, _ version: CodeVersion, _ code: CodeBundle
    ) throws(HostError) {
        let modules = code.modules.sorted { $0.key < $1.key }.map { Value.Field($0.key, .bytes($0.value)) }
        if version.outcome == .running {
            try run(
                "UPDATE daemon_versions SET outcome = 'replaced' WHERE daemon = ? AND outcome = 'running'",
                .string(daemon))
        }
        try run(
            "INSERT OR IGNORE INTO daemon_code (code_hash, script, modules, size) VALUES (?, ?, ?, ?)",
            .string(version.codeHash), .bytes(code.script), .string(try JSON.encode(.object(modules), style: .typed)),
            .integer(Int64(code.size)))
        try run(
            """
            INSERT OR REPLACE INTO daemon_versions (daemon, generation, code_hash, at, outcome, reason)
            VALUES (?, ?, ?, ?, ?, ?)
            """, .string(daemon), .integer(Int64(version.generation)), .string(version.codeHash),
            .instant(version.at), .string(version.outcome.rawValue), .string(version.reason))
        try prune(daemon)
    }

    /// Drops the oldest versions past the bounds, and the texts that nobody has any more.
    private func prune(_ daemon: String) throws(HostError) {
        let newestFirst = try rows(
            """
            SELECT generation, code_hash, outcome = 'running', size
            FROM daemon_versions JOIN daemon_code USING (code_hash) WHERE daemon = ? ORDER BY generation DESC
            """, [.string(daemon)]
        ) { (generation: $0.integer(0), hash: $0.text(1) ?? "", runs: $0.integer(2) != 0, size: $0.integer(3)) }
        var total: Int64 = 0
        let surplus = newestFirst.enumerated().filter { place, row in
            total += row.size
            let isTooMuch = place >= CodeVersion.keptCount || total > CodeVersion.keptBytes
            return !row.runs && place >= 2 && isTooMuch
        }.map(\.element)
        for row in surplus {
            try run(
                "DELETE FROM daemon_versions WHERE daemon = ? AND generation = ?", .string(daemon),
                .integer(row.generation))
        }
        try dropCode(Set(surplus.map(\.hash)))
    }

    private func dropCode(_ hashes: Set<String>) throws(HostError) {
        for hash in hashes {
            try run(
                """
                DELETE FROM daemon_code WHERE code_hash = ?1
                    AND NOT EXISTS (SELECT 1 FROM daemon_versions WHERE code_hash = ?1)
                """, .string(hash))
        }
    }

    /// Forgets all versions of a daemon.
    func remove(_ daemon: String) throws(HostError) {
        let hashes = try rows(
            "SELECT DISTINCT code_hash FROM daemon_versions WHERE daemon = ?", [.string(daemon)]
        ) { $0.text(0) ?? "" }
        try run("DELETE FROM daemon_versions WHERE daemon = ?", .string(daemon))
        try dropCode(Set(hashes))
    }
}
