import LuaRuntime
import Model

extension Host: SwapControl {
    package func swap(_ name: String, code: [UInt8]?, patience: Duration) async throws(HostError) -> DaemonRecord {
        let daemon = try find(name)
        var proposal = SwapProposal(reason: "an operator asked to swap it")
        if let code {
            proposal.code = CodeBundle(script: code)
            proposal.passesOverDisk = true
        }
        return try await carryOut(proposal, on: daemon, patience: patience)
    }

    package func rollBack(
        _ name: String, to generation: Int?, patience: Duration
    ) async throws(HostError) -> DaemonRecord {
        let daemon = try find(name)
        let proposal = try await context.blocking.run { [self] () throws(HostError) in
            try rollBackProposal(daemon, to: generation)
        }
        return try await carryOut(proposal, on: daemon, patience: patience)
    }

    package func versions(of name: String) async throws(HostError) -> [CodeVersion] {
        _ = try find(name)
        return try await context.blocking.run { [context] () throws(HostError) in
            try context.store.versions(of: name)
        }
    }

    package func version(of name: String, generation: Int) async throws(HostError) -> (CodeVersion, CodeBundle?) {
        _ = try find(name)
        return try await context.blocking.run { [self] () throws(HostError) in
            (try version(generation, of: name), try context.store.code(of: name, generation: generation))
        }
    }

    package func state(of name: String) async throws(HostError) -> (state: Value, version: Int)? {
        _ = try find(name)
        return try await context.blocking.run { [context] () throws(HostError) in try context.store.state(of: name) }
    }

    package func forecastSwap(_ name: String, code: [UInt8]?) async throws(HostError) -> SwapForecast {
        let record = try find(name).snapshot()
        let trial = SwapTrial(context: context, record: record, code: code)
        return try await context.declarations.run { () throws(HostError) in try trial.forecast() }
    }

    // MARK: - Going back

    private func version(_ generation: Int, of name: String) throws(HostError) -> CodeVersion {
        let versions = try context.store.versions(of: name)
        if let version = versions.first(where: { $0.generation == generation }) { return version }
        let known = versions.map { String($0.generation) }.joined(separator: ", ")
        throw HostError(
            .notFound, "\(name) has no generation \(generation); there are \(known.isEmpty ? "none" : known)")
    }

    private func rollBackProposal(_ daemon: Daemon, to generation: Int?) throws(HostError) -> SwapProposal {
        let record = daemon.snapshot()
        let target: CodeVersion
        if let generation { target = try version(generation, of: record.name) } else { target = try previous(record) }
        guard let code = try context.store.code(of: record.name, generation: target.generation) else {
            throw HostError(
                .notFound, "the text of \(record.name)'s generation \(target.generation) is not kept any more")
        }
        var proposal = SwapProposal(reason: "an operator went back to generation \(target.generation)", code: code)
        proposal.fate = .rolledBack
        proposal.state = try context.store.state(of: record.name, generation: target.generation)
        proposal.passedOver = context.code.identity(of: record.type, modules: code.modules.keys)
        if proposal.passedOver?.hash == target.codeHash { proposal.passedOver = nil }
        return proposal
    }

    /// The version that ran before this one.
    private func previous(_ record: DaemonRecord) throws(HostError) -> CodeVersion {
        let earlier = try context.store.versions(of: record.name).first {
            $0.generation < record.generation && $0.outcome == .replaced && $0.codeHash != record.codeHash
        }
        guard let earlier else {
            throw HostError(.conflict, "\(record.name) has no earlier version to go back to")
        }
        return earlier
    }

    // MARK: - Waiting for the outcome

    private func carryOut(
        _ proposal: SwapProposal, on daemon: Daemon, patience: Duration
    ) async throws(HostError) -> DaemonRecord {
        let outcome = Outcome<Result<Void, HostError>>()
        var proposal = proposal
        proposal.done = { outcome.come($0) }
        proposal.activity = activity(daemon.name, "operator", proposal.reason)
        daemon.propose(proposal)
        // Nothing has come of it yet while the old version is in the middle of a step.
        try await outcome.value(within: patience, by: context.patience)?.get()
        return daemon.snapshot()
    }
}
