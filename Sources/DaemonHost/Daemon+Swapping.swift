import LuaRuntime
import Model

/// Hot swap: a newer generation loads beside the one that runs, takes over between two steps, and is on trial for its
/// first ones while the one before it is kept as it was.
extension Daemon {
    // MARK: - Proposing

    /// Loads a newer text beside what runs now; one that is loading already gives way to it.
    ///
    /// A daemon at rest refuses: it loads what is on disk when it starts.
    func propose(_ proposal: SwapProposal) {
        let (candidate, orders) = core.withLock { core -> (Incarnation?, [Order]) in
            var orders: [Order] = []
            guard core.machine.status.isGoingOn, core.incarnation != nil, !core.machine.isCommittingSwap else {
                return (nil, [])
            }
            if core.candidate != nil {
                dropCandidate(&core, "a newer version came", &orders)
                orders += handle(.candidateDropped, now: context.clock.monotonic(), &core)
            }
            let candidate = Incarnation(
                daemon: self, policy: core.machine.policy, startIndex: 0, startCount: 1, proposal: proposal)
            core.candidate = candidate
            core.candidateIdentity = nil
            return (candidate, orders)
        }
        for order in orders { carryOut(order) }
        if let candidate { return candidate.post(.begin) }
        proposal.plan?.left(nil)
        if isCommittingSwap { return whenSettled(proposal) }
        let status = snapshot().status.rawValue
        proposal.done?(.failure(HostError(.conflict, "\(name) is \(status): nothing runs that could be swapped")))
    }

    private var isCommittingSwap: Bool { core.withLock { $0.machine.isCommittingSwap } }

    /// A take-over is being made durable: the proposal's turn comes after it.
    private func whenSettled(_ proposal: SwapProposal) {
        var later = proposal
        later.plan = nil
        let isNow = core.withLock { core in
            if core.machine.isCommittingSwap { core.nextProposal = later }
            return !core.machine.isCommittingSwap
        }
        if isNow { propose(later) }
    }

    // MARK: - What a candidate says

    /// It has loaded, and may take over with the others of its plan.
    func candidateLoaded(_ candidate: Incarnation) {
        core.withLock { if $0.candidate === candidate { $0.candidateIdentity = candidate.identity } }
        guard let plan = candidate.proposal?.plan else { return candidateIsReady(candidate) }
        plan.loaded(candidate)
    }

    func candidateIsReady(_ candidate: Incarnation) {
        deliver(.candidateReady, fromCandidate: candidate)
    }

    /// It cannot take over.
    func candidateFailed(_ candidate: Incarnation, _ failure: Failure) {
        candidate.proposal?.plan?.failed(candidate, failure)
        deliver(.candidateFailed(failure), fromCandidate: candidate)
    }

    /// The new text says that it is not to run.
    func candidateDeclined(_ candidate: Incarnation, reason: String) {
        candidate.proposal?.plan?.left(candidate)
        let isCurrent = core.withLock { core in
            guard core.candidate === candidate else { return false }
            core.record.enabled = false
            return true
        }
        guard isCurrent else { return }
        deliver(.stop(reason: reason))
    }

    /// From now on the take-over cannot be called off: what its commit is to say of the daemon, so that one commit makes
    /// all of it durable. Nil when it is no longer wanted.
    func beginCommit(of candidate: Incarnation) -> [HostWrite]? {
        let (now, wall) = (context.clock.monotonic(), context.clock.now())
        return core.withLock { core in
            guard core.candidate === candidate else { return nil }
            _ = handle(.committingSwap, now: now, &core)
            var future = core
            let event = takeOver(candidate, &future, now: now, wall)
            _ = future.machine.handle(event, now: now, jitter: 0)
            show(future.machine, in: &future.record, wall)
            core.foretold = Foretold(record: future.record)
            return core.isRemoved ? [] : [.daemonStatus(future.record), .activity(activity(future.record, wall))]
        }
    }

    /// The record and the limits are the candidate's; the event that tells the machine.
    private func takeOver(
        _ candidate: Incarnation, _ core: inout Core, now: MonotonicTime, _ wall: WallTime
    ) -> DaemonMachine.Event {
        adopt(candidate, &core)
        core.record.passedOver = candidate.passedOver?.hash ?? ""
        core.passedOver = candidate.passedOver
        core.record.nextStepAt = core.foretold?.record.nextStepAt ?? wall + (candidate.stepDue - now)
        let why = "generation \(candidate.generation) took over: \(candidate.proposal?.reason ?? "")"
        return .swapped(next: candidate.stepDue, reason: why)
    }

    /// Its state is durable: it is the daemon from now on.
    func tookOver(_ candidate: Incarnation) {
        let (now, wall) = (context.clock.monotonic(), context.clock.now())
        let (orders, done, next) = core.withLock { core -> ([Order], SwapProposal?, SwapProposal?) in
            guard core.candidate === candidate else { return ([], nil, nil) }
            var orders: [Order] = []
            if let old = core.incarnation {
                keep(old, &core, &orders)
                context.topics.passOn(from: old.receiver, to: candidate.receiver)
            }
            core.incarnation = candidate
            core.candidate = nil
            orders += handle(takeOver(candidate, &core, now: now, wall), now: now, &core)
            core.foretold = nil
            defer { core.nextProposal = nil }
            return (orders, candidate.proposal, core.nextProposal)
        }
        // Who waits for it is told first: all of it is durable and to be seen.
        done?.done?(.success(()))
        for order in orders { carryOut(order) }
        if let next { propose(next) }
    }

    private func keep(_ old: Incarnation, _ core: inout Core, _ orders: inout [Order]) {
        old.freeze()
        core.frozen.append(Frozen(incarnation: old, probation: core.machine.probation))
        guard core.frozen.count > Self.frozenLimit else { return }
        orders.append(.drop(core.frozen.remove(at: 1).incarnation))
    }

    /// The record and the limits are this generation's.
    private func adopt(_ incarnation: Incarnation, _ core: inout Core) {
        core.record.generation = incarnation.generation
        core.record.codeHash = incarnation.codeHash
        core.identity = incarnation.identity
        core.lateModules = [:]
        core.record.isCritical = incarnation.declaration.isCritical
        core.swapMode = incarnation.declaration.swap
        core.machine.policy = incarnation.declaration.policy
    }

    /// As `deliver`, for what comes from the candidate; false when it is no longer wanted.
    @discardableResult
    private func deliver(_ event: DaemonMachine.Event, fromCandidate candidate: Incarnation) -> Bool {
        let now = context.clock.monotonic()
        let orders = core.withLock { core -> [Order]? in
            guard core.candidate === candidate else { return nil }
            return handle(event, now: now, &core)
        }
        for order in orders ?? [] { carryOut(order) }
        return orders != nil
    }

    // MARK: - Effects, under the lock

    func planTakeOver(_ core: inout Core, _ orders: inout [Order]) {
        guard let candidate = core.candidate, let old = core.incarnation else { return }
        var due = context.clock.monotonic()
        if case .swapping(let swap) = core.machine.state, case .waiting(let until) = swap.resume { due = until }
        candidate.predecessor = Incarnation.Predecessor(
            generation: core.record.generation, state: old.declaration.initialState,
            stateVersion: old.declaration.stateVersion, every: old.declaration.every)
        orders.append(.call(candidate, .takeOver(due: due)))
    }

    func planRefusal(_ failure: Failure, _ core: inout Core, _ orders: inout [Order]) {
        guard let candidate = core.candidate else { return }
        core.candidate = nil
        core.foretold = nil
        if candidate.proposal?.code == nil {
            core.record.passedOver = candidate.codeHash
            core.passedOver = candidate.identity
        }
        let (line, report) = line(of: failure, candidate.generation, candidate.codeHash, step: core.record.steps)
        orders.append(.report(failure, line, report))
        var writes = candidate.versionWrites(.refused, reason: failure.message)
        writes.append(.version(.passedOver(daemon: name, codeHash: core.record.passedOver)))
        context.store.submit(writes) { _ in }
        orders.append(.drop(candidate))
        if let done = candidate.proposal?.done {
            let message = "the new version of \(name) was refused, the one before goes on: \(failure.message)"
            orders.append(.tell([{ done(.failure(HostError(.script, message))) }]))
        }
        if let next = core.nextProposal {
            core.nextProposal = nil
            orders.append(.tell([{ [self] in propose(next) }]))
        }
    }

    func planRollBack(_ failure: Failure, _ core: inout Core, _ orders: inout [Order]) {
        guard let bad = core.incarnation, let kept = core.frozen.popLast() else { return }
        let frozen = kept.incarnation
        core.incarnation = frozen
        context.topics.passOn(from: bad.receiver, to: frozen.receiver)
        core.machine.resumeTrial(kept.probation)
        core.passedOver = bad.proposal?.code == nil ? bad.identity : bad.passedOver
        core.record.passedOver = core.passedOver?.hash ?? ""
        adopt(frozen, &core)
        frozen.thaw(
            with: [
                .version(.ended(daemon: name, generation: bad.generation, .failed, reason: failure.message)),
                .version(
                    .ended(
                        daemon: name, generation: frozen.generation, .running,
                        reason: "took over again: generation \(bad.generation) failed its first steps")),
                .version(
                    .runs(
                        daemon: name, generation: frozen.generation, codeHash: frozen.codeHash,
                        passedOver: core.record.passedOver)),
            ])
        orders.append(.drop(bad))
    }

    func planSettling(_ core: inout Core, _ orders: inout [Order]) {
        for kept in core.frozen { orders.append(.drop(kept.incarnation)) }
        core.frozen = []
    }

    func dropCandidate(_ core: inout Core, _ why: String, _ orders: inout [Order]) {
        guard let candidate = core.candidate else { return }
        core.candidate = nil
        core.foretold = nil
        orders.append(.drop(candidate))
        let name = name
        orders.append(
            .tell([
                {
                    candidate.proposal?.plan?.left(candidate)
                    candidate.proposal?.done?(.failure(HostError(.conflict, "\(name) was not swapped: \(why)")))
                }
            ]))
    }

    /// Those beside the one that ends, end with it.
    func dropOthers(_ core: inout Core, _ orders: inout [Order]) {
        dropCandidate(&core, "it stopped", &orders)
        planSettling(&core, &orders)
        dropConsoleRequests(&core, &orders)
        core.nextProposal = nil
    }
}
