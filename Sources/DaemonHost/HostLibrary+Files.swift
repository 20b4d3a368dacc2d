import LuaRuntime
import Model
import Platform

extension HostLibrary {
    static let files: [String: Handler] = [
        "fs.list": { task, arguments in
            task.onFiles { grants throws(HostError) in
                [.list(try grants.list(arguments[at: 0].text).map { .string($0) })]
            }
        },
        "fs.read": { task, arguments in
            task.onFiles { grants throws(HostError) in [Value(bytes: try grants.read(arguments[at: 0].text))] }
        },
        "fs.write": { task, arguments in
            task.onFiles { grants throws(HostError) in
                try grants.write(arguments[at: 1].utf8Bytes, to: arguments[at: 0].text)
                return []
            }
        },
        "fs.stat": { task, arguments in
            task.onFiles { grants throws(HostError) in
                [try grants.stat(arguments[at: 0].text)?.value ?? .null]
            }
        },
    ]
}

extension ScriptTask {
    /// Works on files on a thread that may block; the script waits meanwhile.
    func onFiles(_ work: @escaping @Sendable (FileGrants) throws(HostError) -> [Value]) -> HostReply {
        guard let grants = fileGrants else { return .error("no files are granted while the script loads") }
        return inBackground { () throws(HostError) in try work(grants) }
    }

    /// Does `work` on a blocking thread and answers the script's call with what came of it.
    func inBackground(_ work: @escaping @Sendable () throws(HostError) -> [Value]) -> HostReply {
        let serial = startWait(.blocking)
        do {
            try context.blocking.run { [self] in post(.reply(serial, HostReply(of: work))) }
            return .wait
        } catch {
            endWait()
            return .error(error.description)
        }
    }
}

extension HostReply {
    init(of work: () throws(HostError) -> [Value]) {
        do {
            self = .values(try work())
        } catch {
            self = .error(error.description)
        }
    }
}

extension Value {
    /// A Lua string of these bytes.
    init(bytes: [UInt8]) {
        self = String(validating: bytes, as: UTF8.self).map { .string($0) } ?? .bytes(bytes)
    }
}
