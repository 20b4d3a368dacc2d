import Glibc
import Model
import Platform
import Testing

@Suite struct AccessTokenTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("a token is made once and unlike any other")
    func make() throws {
        let token = try AccessToken.readOrMake(at: folder("token"))
        #expect(token.count == 64)
        #expect(try AccessToken.readOrMake(at: folder("token")) == token)
        #expect(try AccessToken.readOrMake(at: folder("other")) != token)
        #expect(try Files.facts(of: folder("token")).map { $0.mode & 0o777 } == 0o600)
    }

    @Test("a file that others may read, or that holds no token, is refused", arguments: ["", "short\n", "zz"])
    func refused(text: String) throws {
        let path = try folder.file("token", text)
        chmod(path, 0o600)
        #expect(throws: HostError(.corrupt, "\(path) holds no token; delete it, and a new one is made")) {
            try AccessToken.readOrMake(at: path)
        }
        chmod(path, 0o640)
        #expect(throws: HostError.self) { try AccessToken.readOrMake(at: path) }
    }

    @Test("a link in its place is not followed")
    func link() throws {
        try folder.link("token", to: folder("elsewhere"))
        #expect(throws: HostError.self) { try AccessToken.readOrMake(at: folder("token")) }
        #expect(try Files.facts(of: folder("elsewhere")) == nil)
    }
}

@Suite struct SocketPathTests {
    private func bindAndConnect(_ path: String) throws -> Bool {
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        let client = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        defer {
            close(listener)
            close(client)
        }
        let place = try SocketPath(path)
        var address = place.address
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                let size = socklen_t(MemoryLayout<sockaddr_un>.size)
                return bind(listener, address, size) == 0 && listen(listener, 1) == 0
                    && connect(client, address, size) == 0
            }
        }
    }

    @Test("a socket can be bound and reached at a path of any length", arguments: [1, 60, 200])
    func lengths(count: Int) throws {
        let folder = try TemporaryFolder()
        let deep = try folder.folder(String(repeating: "d", count: count))
        #expect(try bindAndConnect("\(deep)/lunad.sock"))
        #expect(try Files.facts(of: "\(deep)/lunad.sock") != nil)
    }
}
