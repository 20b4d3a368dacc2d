/// The hosts that one script may send requests to: what it declares, within what the operator allows.
///
/// An entry is a host (`api.example.org`), a host's whole family (`*.example.org`: every name below it, not itself), any
/// host (`*`), each with a port (`localhost:8080`) or any port (`localhost:*`); without one, the ports 80 and 443 of http
/// and https are meant. An address such as `https://api.example.org/v1` stands for its host and port.
package struct WebGrants: Sendable, Hashable {
    private let granted: [Entry]
    private let limits: [Entry]?
    private let script: String

    /// `entries` is the script's `allow.http`, where `$key` stands for a config value (a string or a list of them; nothing
    /// while it is not set); `limits` the operator's; `script` how messages call the script's file.
    package init(entries: [String], config: [Value.Field], limits: [String]?, script: String) {
        granted = entries.flatMap { Self.substitute($0, config) }.compactMap(Entry.init)
        self.limits = limits?.compactMap(Entry.init)
        self.script = script
    }

    private static func substitute(_ entry: String, _ config: [Value.Field]) -> [String] {
        guard entry.hasPrefix("$") else { return [entry] }
        switch config.last(where: { $0.key == entry.dropFirst() })?.value {
        case .string(let text)?: return [text]
        case .array(let elements)?: return elements.compactMap(\.stringValue)
        default: return []
        }
    }

    /// `forbidden` says which line would grant it.
    package func check(_ target: WebTarget) throws(HostError) {
        let line = target.isUsualPort ? target.host : "\(target.host):\(target.port)"
        guard granted.contains(where: { $0.admits(target) }) else {
            throw HostError(
                .forbidden,
                "a request to \(line) is not granted: allow = { http = { \"\(line)\" } } in \(script) would grant it")
        }
        guard let limits, !limits.contains(where: { $0.admits(target) }) else { return }
        throw HostError(
            .forbidden,
            "a request to \(line) is granted by \(script) but not by the operator: "
                + "allow = { http = { \"\(line)\" } } in lunad.lua would grant it")
    }

    /// Whether text is an entry; `$key` counts.
    package static func isEntry(_ text: String) -> Bool { text.hasPrefix("$") || Entry(text) != nil }

    /// What an entry has to be, for messages.
    package static let expectation = "a host such as \"api.example.org\", \"*.example.org\" or \"localhost:8080\""
}

extension WebGrants {
    /// One line of a grant.
    private struct Entry: Sendable, Hashable {
        enum Hosts: Sendable, Hashable {
            case any
            case one(String)
            /// Those whose names end so; the text begins with a dot.
            case below(String)
        }

        enum Ports: Sendable, Hashable {
            case usual
            case any
            case one(Int)
        }

        var hosts: Hosts
        var ports: Ports

        init?(_ text: String) {
            var rest = Substring(text.lowercased())
            var schemePort: Int?
            for (scheme, port) in [("http://", 80), ("https://", 443)] where rest.hasPrefix(scheme) {
                rest = rest.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
                if let at = rest.lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
                schemePort = port
            }
            guard let (host, port) = Self.split(rest), let hosts = Self.hosts(host) else { return nil }
            self.hosts = hosts
            switch port {
            case nil: ports = schemePort.map(Ports.one) ?? .usual
            case "*"?: ports = .any
            case let port?:
                guard let number = Int(port), (1...65_535).contains(number) else { return nil }
                ports = .one(number)
            }
        }

        /// Host and port; the colons of an address in brackets are the host's.
        private static func split(_ text: Substring) -> (host: Substring, port: Substring?)? {
            let afterHost =
                text.first == "[" ? text.firstIndex(of: "]").map(text.index(after:)) : text.firstIndex(of: ":")
            guard let afterHost, afterHost < text.endIndex else { return (text, nil) }
            guard text[afterHost] == ":" else { return nil }
            return (text[..<afterHost], text[text.index(after: afterHost)...])
        }

        private static func hosts(_ text: Substring) -> Hosts? {
            if text == "*" { return .any }
            let isFamily = text.hasPrefix("*.")
            var name = isFamily ? text.dropFirst(2) : text
            if name.hasSuffix(".") { name = name.dropLast() }
            guard !name.isEmpty, name.utf8.count <= 253, name.utf8.allSatisfy(isPart) else { return nil }
            return isFamily ? .below("." + name) : .one(String(name))
        }

        private static func isPart(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default:
                [
                    UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "["),
                    UInt8(ascii: "]"),
                ].contains(byte)
            }
        }

        func admits(_ target: WebTarget) -> Bool {
            let isHost =
                switch hosts {
                case .any: true
                case .one(let name): target.host == name
                case .below(let end): target.host.hasSuffix(end) && target.host.count > end.count
                }
            guard isHost else { return false }
            return switch ports {
            case .any: true
            case .usual: target.isUsualPort
            case .one(let port): target.port == port
            }
        }
    }
}
