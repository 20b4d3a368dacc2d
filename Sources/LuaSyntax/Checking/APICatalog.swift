import Model

/// The declared `lunad` table, indexed for look-ups by dotted path.
struct APICatalog {
    enum Member {
        case function(APIFunction)
        /// A table of functions, such as `lunad.log`.
        case group
    }

    private var members: [String: Member] = ["": .group]
    /// By the handle that they belong to, then by name.
    private var handleMethods: [String: [String: APIFunction]] = [:]

    init(_ functions: [APIFunction]) {
        for function in functions {
            if let colon = function.name.firstIndex(of: ":") {
                handleMethods[String(function.name[..<colon]), default: [:]][function.shortName] = function
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

    /// A method of a handle: `db`, which `lunad.session` gives, or `job`, which a job's `run` is given.
    func method(_ name: String, of handle: String) -> APIFunction? { handleMethods[handle]?[name] }

    func methodNames(of handle: String) -> [String] { (handleMethods[handle] ?? [:]).keys.sorted() }

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

    func hint(forMethod name: String, of handle: String) -> String {
        DidYouMean.closest(to: name, in: methodNames(of: handle)).map { "; did you mean '\($0)'?" } ?? ""
    }
}
