import LuaRuntime
import Model

/// Tries a text as a swap would, in a Lua state of its own, and says what would come of it; nothing is changed.
struct SwapTrial {
    let context: HostContext
    let record: DaemonRecord
    /// Nil for what is on disk.
    let code: [UInt8]?

    private static let timeout = Duration.seconds(5)

    /// Blocks for up to the time limit.
    func forecast() throws(HostError) -> SwapForecast {
        let path = context.folder.shown(script: record.type)
        let text = try self.text()
        let trial = ScriptTrial(project: context.folder, clock: context.clock, timeout: Self.timeout)
        let saved = try context.store.state(of: record.name)
        var forecast = SwapForecast(
            verdict: .swap, reason: "", currentHash: record.codeHash, newHash: "", currentStateVersion: saved?.version)
        do throws(HostError) {
            let (table, functions) = try trial.declared(text, name: path)
            forecast.newHash = CodeBundle(script: text, modules: trial.modules).identity.hash
            let declaration = try DaemonDeclaration.parse(table: table, hooks: functions, file: path).get()
            forecast.newStateVersion = declaration.stateVersion
            forecast.configProblems = try problems(with: declaration)
            try judge(&forecast, declaration, saved, trial, text, path)
        } catch {
            forecast.verdict = .refuse
            forecast.reason = error.message
            if forecast.newHash.isEmpty { forecast.newHash = SHA256.hex(text) }
        }
        return forecast
    }

    private func text() throws(HostError) -> [UInt8] {
        if let code { return code }
        return try context.catalog.source(of: record.type).bytes
    }

    private func problems(with declaration: DaemonDeclaration) throws(HostError) -> [String] {
        switch declaration.config.validate(set: try context.store.config(of: record.name)) {
        case .success: []
        case .failure(let problems): [problems.hostError.message]
        }
    }

    private func judge(
        _ forecast: inout SwapForecast, _ declaration: DaemonDeclaration, _ saved: (state: Value, version: Int)?,
        _ trial: ScriptTrial, _ text: [UInt8], _ path: String
    ) throws(HostError) {
        if forecast.newHash == record.codeHash {
            forecast.verdict = .nothing
            forecast.reason = "it runs this text already"
            return
        }
        guard forecast.configProblems.isEmpty else {
            forecast.verdict = .refuse
            forecast.reason = "its config does not fit what the new text declares"
            return
        }
        guard declaration.hooks.contains("on_swap"), let saved else {
            forecast.reason = "it takes over with the state as it is"
            return
        }
        switch try trial.rehearse(text, name: path, state: saved.state, version: saved.version) {
        case .declared: forecast.reason = "on_swap takes the state, and it takes over"
        case .undecided(let function):
            forecast.reason = "it loads; what on_swap does is not known, for it calls lunad.\(function)"
        case .failed(let message, _, _):
            forecast.verdict = .refuse
            forecast.reason = message
        }
    }
}
