import CSQLite
import Model

extension SQLiteStore {
    package func versions(of daemon: String) throws(HostError) -> [CodeVersion] {
        try rows(
            """
            SELECT generation, v.code_hash, at, outcome, reason, ifnull(size, 0)
            FROM daemon_versions v LEFT JOIN daemon_code USING (code_hash) WHERE daemon = ? ORDER BY generation DESC
            """, [.string(daemon)]
        ) { row in
            CodeVersion(
                generation: Int(row.integer(0)), codeHash: row.text(1) ?? "",
                at: row.instant(2) ?? WallTime(milliseconds: 0),
                outcome: CodeVersion.Outcome(rawValue: row.text(3) ?? "") ?? .replaced, reason: row.text(4) ?? "",
                size: Int(row.integer(5)))
        }
    }

    package func newestGeneration(of daemon: String) throws(HostError) -> Int? {
        try rows(
            "SELECT generation FROM daemon_versions WHERE daemon = ? ORDER BY generation DESC LIMIT 1",
            [.string(daemon)]
        ) { Int($0.integer(0)) }.first
    }

    package func code(of daemon: String, generation: Int) throws(HostError) -> CodeBundle? {
        let row = try rows(
            """
            SELECT script, modules FROM daemon_versions JOIN daemon_code USING (code_hash)
            WHERE daemon = ? AND generation = ?
            """, [.string(daemon), .integer(Int64(generation))]
        ) { (script: $0.bytes(0), modules: $0.text(1) ?? "{}") }.first
        guard let row else { return nil }
        var code = CodeBundle(script: row.script)
        guard case .object(let fields) = try decoded(row.modules, "the modules of '\(daemon)'") else { return code }
        for field in fields {
            if case .bytes(let text) = field.value { code.modules[field.key] = text }
        }
        return code
    }

    package func state(of daemon: String, generation: Int) throws(HostError) -> (state: Value, version: Int)? {
        let row = try rows(
            """
            SELECT state, state_version FROM daemon_versions
            WHERE daemon = ? AND generation = ? AND state IS NOT NULL
            """, [.string(daemon), .integer(Int64(generation))]
        ) { (text: $0.text(0) ?? "", version: Int($0.integer(1))) }.first
        guard let row else { return nil }
        return (try decoded(row.text, "the state that '\(daemon)' left"), row.version)
    }
}
