import Model

/// Which events a stream gives.
struct EventSelection: Sendable, Hashable {
    /// Begin after this number; nil for from now on, or with all that is kept when the stream does not follow.
    var after: Int64?
    /// Go on with what happens, instead of ending after what has happened.
    var follows: Bool
    var daemon: String?
    var kinds: Set<HostEvent.Kind>

    init(
        after: Int64? = nil, follows: Bool = true, daemon: String? = nil,
        kinds: Set<HostEvent.Kind> = Set(HostEvent.Kind.allCases)
    ) {
        self.after = after
        self.follows = follows
        self.daemon = daemon
        self.kinds = kinds
    }

    func includes(_ event: HostEvent) -> Bool {
        kinds.contains(event.kind) && (daemon == nil || event.daemonName == daemon)
    }
}
