import Model

extension Host {
    /// What the daemon has of `self.state`: what was committed last or, before that, what its script begins with.
    ///
    /// Throws `notFound` for an unknown daemon, `script` when the script has to be asked and does not load.
    package func currentState(of name: String) async throws(HostError) -> Value {
        let type = try daemon(named: name).type
        let stored = try await context.blocking.run { [context] () throws(HostError) in
            try context.store.state(of: name)?.state
        }
        if let stored { return stored }
        return try await context.declarations.declaration(of: type).initialState
    }
}
