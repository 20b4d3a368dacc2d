import CLuaShim
import Model

/// Where a running script enters Swift: decodes what it says, asks the delegate, encodes the answer.
final class LuaBorder {
    let clock: any HostClock
    /// Outlives every run of the state. A weak reference would make each use of the delegate slow, anywhere.
    unowned var delegate: (any HostDelegate)?

    init(clock: any HostClock) { self.clock = clock }

    /// The C side's way in; each function gets the border as its context.
    static var host: lunad_host {
        lunad_host(
            call: { context, state, function, arguments in
                LuaBorder.from(context, state) { $0.call(Int(function), Value.readList(arguments.buffer)) }
            },
            begin_session: { context, state in
                LuaBorder.from(context, state) { $0.beginSession() }
            },
            end_session: { context, state, commit in
                LuaBorder.from(context, state) { $0.endSession(commit: commit) }
            },
            module_source: { context, state, name in LuaBorder.module(context, state, name.text) },
            monotonic: { context in LuaBorder.border(context)?.clock.monotonic().nanoseconds ?? 0 },
            wall: { context in (LuaBorder.border(context)?.clock.now().milliseconds ?? 0) &* 1_000_000 })
    }

    private static func border(_ context: UnsafeMutableRawPointer?) -> LuaBorder? {
        context.map { Unmanaged<LuaBorder>.fromOpaque($0).takeUnretainedValue() }
    }

    private static func from(
        _ context: UnsafeMutableRawPointer?, _ state: OpaquePointer?, _ ask: (any HostDelegate) -> HostReply
    ) -> lunad_reply {
        guard let border = border(context), let state else { return LUNAD_REPLY_ERROR }
        guard let delegate = border.delegate else { return border.set(.error("no host is there"), in: state) }
        return border.set(ask(delegate), in: state)
    }

    private static func module(
        _ context: UnsafeMutableRawPointer?, _ state: OpaquePointer?, _ name: String
    ) -> lunad_reply {
        guard let border = border(context), let state else { return LUNAD_REPLY_ERROR }
        guard ModuleName.isValid(name) else {
            return border.set(.error("a module's name has only letters, digits, '_', '-' and single dots"), in: state)
        }
        switch border.delegate?.moduleSource(name) {
        case .success(let source):
            let isSet = source.withUnsafeBufferPointer { lunad_set_reply(state, $0.baseAddress, $0.count) }
            return isSet ? LUNAD_REPLY_VALUES : border.set(.error("not enough memory"), in: state)
        case .failure(let error): return border.set(.error(error.description), in: state)
        case nil: return border.set(.error("no modules are there"), in: state)
        }
    }

    /// Puts a reply where the C side finds it.
    func set(_ reply: HostReply, in state: OpaquePointer) -> lunad_reply {
        switch reply {
        case .values(let values):
            guard !values.isEmpty else {
                _ = lunad_set_reply(state, nil, 0)
                return LUNAD_REPLY_VALUES
            }
            var writer = WireWriter()
            writer.put(list: values)
            let isSet = writer.bytes.withUnsafeBufferPointer { lunad_set_reply(state, $0.baseAddress, $0.count) }
            return isSet ? LUNAD_REPLY_VALUES : LUNAD_REPLY_ERROR
        case .error(let message):
            var message = message
            message.withUTF8 { _ = lunad_set_reply(state, $0.baseAddress, $0.count) }
            return LUNAD_REPLY_ERROR
        case .wait: return LUNAD_REPLY_WAIT
        case .directive: return LUNAD_REPLY_DIRECTIVE
        }
    }
}

/// What `require` accepts.
enum ModuleName {
    static func isValid(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return name.utf8.count <= 200 && parts.allSatisfy { part in !part.isEmpty && part.utf8.allSatisfy(isPlain) }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
