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
        for function in LunadAPI.functions + LunadAPI.daemonHooks + LunadAPI.jobHooks {
            #expect(function.doc.hasSuffix("."), "\(function.name)")
            #expect(!function.example.isEmpty, "\(function.name) has an example")
            #expect(function.raises.isEmpty || function.raises.hasSuffix("."), "\(function.name)")
            #expect(function.parameters.allSatisfy { $0.doc.hasSuffix(".") }, "\(function.name)")
            for result in function.results {
                #expect(isType(result.type) && !result.doc.isEmpty, "\(function.name): \(result)")
            }
            for shape in function.parameters.compactMap(\.shape) where !shape.hasPrefix("fun(") {
                #expect(LunadAPI.type(named: shape) != nil, "\(function.name): \(shape)")
            }
        }
    }

    private func isType(_ text: String) -> Bool {
        text.split(separator: "|").allSatisfy { part in
            var name = String(part)
            if name.hasSuffix("?") { name.removeLast() }
            if name.hasSuffix("[]") { name.removeLast(2) }
            return ["string", "number", "integer", "boolean", "table", "any"].contains(name)
                || LunadAPI.type(named: name) != nil
        }
    }

    @Test("every field of every table is documented, under a name of its own")
    func fields() {
        for type in LunadAPI.classes {
            #expect(type.doc.hasSuffix("."), "\(type.name)")
            #expect(Set(type.names).count == type.names.count, "\(type.name)")
            #expect(type.fields.allSatisfy { $0.doc.hasSuffix(".") && !$0.type.isEmpty }, "\(type.name)")
        }
        #expect(Set(LunadAPI.classes.map(\.name)).count == LunadAPI.classes.count)
    }

    @Test("the reference has every function and every table once")
    func sections() {
        let functions = LunadAPI.sections.flatMap(\.functions).map(\.name)
        let declared = (LunadAPI.functions + LunadAPI.daemonHooks + LunadAPI.jobHooks).map(\.name)
        #expect(functions.sorted() == declared.sorted())
        let classes = LunadAPI.sections.flatMap(\.classes).map(\.name)
        #expect(classes.sorted() == LunadAPI.classes.filter { !$0.fields.isEmpty }.map(\.name).sorted())
    }

    @Test("what a declaration may say is what the reference says of it")
    func declarations() {
        let odd: Value = ["zzz": 1]
        let daemon = { (table: Value) in DaemonDeclaration.problems(table: table, hooks: ["run_step"]) }
        let job = { (table: Value) in JobDeclaration.problems(table: table, hooks: ["run"]) }
        let known: [(String, [String])] = [
            ("Daemon", daemon(odd)), ("Policy", daemon(["policy": odd])),
            ("Backoff", daemon(["policy": ["backoff": odd]])), ("Allow", daemon(["allow": odd])),
            ("ConfigKey", daemon(["config": ["key": ["type": "string", "zzz": 1]]])),
            ("JobType", job(odd)), ("Allow", job(["allow": odd])), ("Backoff", job(["backoff": odd])),
            ("Command", JobDeclaration.problems(table: ["command": ["argv": ["ls"], "zzz": 1]], hooks: [])),
        ]
        for (name, problems) in known {
            let keys = problems.first?.split(separator: ";").last?.split { " ,".contains($0) }.dropFirst(2).map(
                String.init)
            #expect(keys == LunadAPI.type(named: name)?.names.sorted(), "\(name): \(problems)")
        }
    }

    @Test("what a job and a daemon are shown as is what the reference says of them")
    func records() {
        let job = JobRecord(id: 1, type: "t", args: .emptyTable, createdAt: WallTime(milliseconds: 0))
        #expect(job.value.keys == LunadAPI.type(named: "Job")?.names)
        #expect(DaemonRecord(name: "d", type: "d").value.keys == LunadAPI.type(named: "DaemonStatus")?.names)
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

extension Value {
    fileprivate var keys: [String] {
        if case .object(let fields) = self { fields.map(\.key) } else { [] }
    }
}
