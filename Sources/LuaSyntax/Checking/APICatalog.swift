import Model

/// The declared `lunad` table, indexed for look-ups by dotted path.
struct APICatalog {
    enum Member {
        case function(APIFunction)
        /// A table of functions, such as `lunad.log`.
        case group
    }

    private var members: [String: Member] = ["": .group]
    private var handleMethods: [String: APIFunction] = [:]

    init(_ functions: [APIFunction]) {
        for function in functions {
            if function.name.contains(":") {
                handleMethods[function.shortName] = function
                continue
            }
            members[function.name] = .function(function)
            var parts = function.name.split(separator: ".").dropLast()
            while !parts.isEmpty {
                members[parts.joined(separator: ".")] = .group
                parts = parts.dropLast()
            }
        }
    }

    func member(_ path: [String]) -> Member? { members[path.joined(separator: ".")] }

    /// A method of the database handle.
    func method(_ name: String) -> APIFunction? { handleMethods[name] }

    /// The full names that `path` was probably meant to be: a neighbour first, then one anywhere.
    func hint(for path: [String]) -> String {
        let parent = path.dropLast().joined(separator: ".")
        let neighbours = members.keys.filter { name in
            let end = name.lastIndex(of: ".") ?? name.startIndex
            return !name.isEmpty && name[..<end] == parent
        }
        let lastPart = { (name: String) in name.split(separator: ".").last.map(String.init) ?? name }
        if let close = DidYouMean.closest(to: path.last ?? "", in: neighbours.sorted().map(lastPart)) {
            return "; did you mean 'lunad.\((path.dropLast() + [close]).joined(separator: "."))'?"
        }
        let sameEnd = members.keys.sorted().first { !$0.isEmpty && lastPart($0) == path.last }
        let meant = sameEnd ?? DidYouMean.closest(to: path.joined(separator: "."), in: members.keys.sorted())
        return meant.flatMap { $0.isEmpty ? nil : "; did you mean 'lunad.\($0)'?" } ?? ""
    }

    func hint(forMethod name: String) -> String {
        DidYouMean.closest(to: name, in: handleMethods.keys.sorted()).map { "; did you mean '\($0)'?" } ?? ""
    }
}
