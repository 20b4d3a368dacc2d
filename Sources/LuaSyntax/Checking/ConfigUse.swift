/// Gathers how a script uses its declared config, to tell in the end which keys it never reads.
///
/// It errs on the side of silence: a key counts as read when its name occurs anywhere as a field or a text, and all of
/// them do once the whole config gets to where the text does not show what becomes of it.
struct ConfigUse {
    private var mentions: Set<String> = []
    private var isOutOfSight = false
    /// Locals that hold the config, or that it is handed to: all that is done with them must be seen.
    private var holders: [Variable] = []
    private var handed: [(function: Variable, index: Int)] = []

    mutating func mention(_ name: String) { mentions.insert(name) }

    /// A text: it may be a key, or name one by `$key`.
    mutating func mention(text: [UInt8]) {
        guard text.count <= 200 else { return }
        let text = String(decoding: text, as: UTF8.self)
        mentions.insert(text)
        if text.first == "$" { mentions.insert(String(text.dropFirst().prefix { $0 != "/" })) }
    }

    mutating func loseSight() { isOutOfSight = true }

    mutating func hold(_ variable: Variable) { holders.append(variable) }

    mutating func hand(to function: Variable, at index: Int) { handed.append((function, index)) }

    /// The declared keys that are never read; none when that cannot be told.
    func unused(of keys: some Sequence<String>) -> [String] {
        let isKept =
            holders.allSatisfy { !$0.isPassedOn }
            && handed.allSatisfy { function, index in
                index < function.parameters.count && !function.parameters[index].isPassedOn
            }
        guard isKept, !isOutOfSight else { return [] }
        return keys.filter { !mentions.contains($0) }
    }
}
