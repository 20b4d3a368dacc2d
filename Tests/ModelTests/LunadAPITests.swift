import Model
import Testing

@Suite("The lunad table")
struct LunadAPITests {
    @Test("names are unique and found")
    func names() {
        let names = LunadAPI.functions.map(\.name)
        #expect(Set(names).count == names.count)
        for name in names { #expect(LunadAPI.function(named: name)?.name == name) }
        #expect(LunadAPI.function(named: "log.trace") == nil)
    }

    @Test("everything is documented, and returns begin with a type")
    func docs() {
        let types: Set<String> = ["string", "number", "integer", "boolean", "table", "any"]
        for function in LunadAPI.functions {
            #expect(function.doc.hasSuffix("."), "\(function.name)")
            #expect(function.parameters.allSatisfy { $0.doc.hasSuffix(".") }, "\(function.name)")
            if !function.returns.isEmpty {
                #expect(types.contains(String(function.returns.prefix { $0 != ":" })), "\(function.name)")
            }
        }
    }

    @Test("a required parameter never follows an optional one, and variadic is last")
    func parameters() {
        for function in LunadAPI.functions {
            let optional = function.parameters.map { $0.isOptional || $0.type == .variadic }
            #expect(optional == optional.sorted { !$0 && $1 }, "\(function.name)")
            #expect(!function.parameters.dropLast().contains { $0.type == .variadic }, "\(function.name)")
        }
    }

    @Test("exactly those functions wait that wait for something outside")
    func waiting() {
        let waiting = Set(LunadAPI.functions.filter(\.waits).map(\.name))
        #expect(
            waiting == [
                "sleep", "session", "fs.list", "fs.read", "fs.write", "fs.stat", "exec", "jobs.launch", "jobs.cancel",
                "jobs.monitor", "jobs.wait", "job:checkpoint", "http.get", "http.post", "http.request",
            ])
    }
}
