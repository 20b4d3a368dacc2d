extension TreeWalker {
    /// A value went somewhere as a whole. What becomes of the config, or of the table that holds it, is no longer seen.
    mutating func noteWhole(_ reached: Reached) {
        if let variable = reached.variable, reached.path.count == 1 { variable.isPassedOn = true }
        if isConfig(reached) || isDaemon(reached) { configUse.loseSight() }
    }

    /// A local was given a value.
    mutating func noteHeld(_ reached: Reached?, by variable: Variable) {
        guard let reached else { return }
        if isConfig(reached) || isDaemon(reached) {
            configUse.hold(variable)
        } else if let source = reached.variable, reached.path.count == 1 {
            source.isPassedOn = true
        }
    }

    /// A function of this script was given a value.
    mutating func noteHanded(_ reached: Reached, to function: Variable, at index: Int) {
        if isConfig(reached) || isDaemon(reached) {
            configUse.hand(to: function, at: index)
        } else {
            noteWhole(reached)
        }
    }

    /// A field was looked up by a key that the text may not show.
    mutating func noteIndex(_ key: Expression, into owner: Reached) {
        if case .string = key.kind { return }
        if let variable = owner.variable, owner.path.count == 1 { variable.isPassedOn = true }
        if isConfig(owner) { configUse.loseSight() }
    }

    /// By its meaning where that is known, else by its name: a function that is handed `self` calls it what it likes.
    private func isConfig(_ reached: Reached) -> Bool {
        if case .config? = reached.meaning { return true }
        return reached.path.count > 1 && reached.path.last == "config"
    }

    private func isDaemon(_ reached: Reached) -> Bool {
        if case .daemon? = reached.meaning { return true }
        return false
    }
}
