import CLuaShim
import Model

/// The functions that scripts find under `lunad`, in the form in which any number of states share them.
///
/// Sendable without the compiler's proof: nothing changes it between its making and its end.
package final class LuaInterface: @unchecked Sendable {
    /// All of `LunadAPI`.
    package static let standard: Result<LuaInterface, HostError> = {
        do throws(HostError) { return .success(try LuaInterface(LunadAPI.functions)) } catch { return .failure(error) }
    }()

    let raw: OpaquePointer

    package init(_ functions: [APIFunction]) throws(HostError) {
        guard let raw = Self.make(functions) else {
            throw HostError(.limitExceeded, "there is not enough memory for the functions of scripts")
        }
        self.raw = raw
    }

    deinit { lunad_interface_free(raw) }

    private static func make(_ functions: [APIFunction]) -> OpaquePointer? {
        let texts = functions.flatMap { [$0.name, $0.parameterCodes] }.map { Array($0.utf8CString) }
        let flat = texts.flatMap { $0 }
        return flat.withUnsafeBufferPointer { buffer -> OpaquePointer? in
            guard let base = buffer.baseAddress else { return lunad_interface_new(nil, 0) }
            var offset = 0
            var declared: [lunad_function] = []
            for index in functions.indices {
                let name = base + offset
                offset += texts[index * 2].count
                let parameters = base + offset
                offset += texts[index * 2 + 1].count
                declared.append(lunad_function(name: name, parameters: parameters, waits: functions[index].waits))
            }
            return lunad_interface_new(declared, Int32(declared.count))
        }
    }
}
