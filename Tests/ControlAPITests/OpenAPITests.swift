import Model
import Testing

@testable import ControlAPI

@Suite struct OpenAPITests {
    private func document() async throws -> Value {
        let answer = try await ServedHost().request("GET", "/api/openapi.json")
        #expect(answer.status == 200)
        return try #require(answer.json)
    }

    @Test("the document has each route at its address, and itself")
    func complete() async throws {
        let served = try ServedHost()
        let paths = try #require(try await document()["paths"])
        for route in served.server.routes {
            let operation = paths[route.template]?[route.method.rawValue.lowercased()]
            #expect(operation?["summary"] == .string(route.summary), "\(route.method.rawValue) \(route.template)")
            #expect(operation?["responses"]?["default"] != nil)
        }
        #expect(paths["/api/openapi.json"]?["get"] != nil)
    }

    @Test("every reference leads to something, and no two operations have the same name")
    func references() async throws {
        let document = try await document()
        var references: Set<String> = []
        var names: [String] = []
        func walk(_ value: Value) {
            switch value {
            case .array(let elements): for element in elements { walk(element) }
            case .object(let fields):
                for field in fields {
                    if field.key == "$ref", let text = field.value.stringValue { references.insert(text) }
                    if field.key == "operationId", let text = field.value.stringValue { names.append(text) }
                    walk(field.value)
                }
            default: break
            }
        }
        walk(document)
        #expect(references.contains("#/components/schemas/Daemon"))
        for reference in references {
            let target = reference.split(separator: "/").dropFirst().reduce(Optional(document)) { $0?[String($1)] }
            #expect(target != nil, "\(reference)")
        }
        #expect(Set(names).count == names.count && !names.isEmpty)
    }

    @Test("a body's fields stand there with their types, bounds, choices and defaults")
    func bodies() async throws {
        let paths = try await document()["paths"]
        let body = paths?["/api/jobs"]?["post"]?["requestBody"]
        #expect(body?["required"] == true)
        let schema = body?["content"]?["application/json"]?["schema"]
        #expect(schema?["additionalProperties"] == false)
        #expect(schema?["required"] == ["type"])
        let fields = schema?["properties"]
        #expect(fields?["type"]?["type"] == "string")
        #expect(fields?["type"]?["minLength"] == 1)
        #expect(fields?["max_attempts"]?["type"] == ["integer", "null"])
        #expect(fields?["max_attempts"]?["maximum"] == 1_000)
        #expect(fields?["on_conflict"]?["enum"] == ["existing", "replace", "refuse", .null])
        #expect(fields?["on_conflict"]?["default"] == "existing")
        #expect(fields?["tags"]?["items"]?["type"] == "string")
        #expect(fields?["tags"]?["maxItems"] == 16)
    }

    @Test("parameters stand there with place, type and whether they are needed")
    func parameters() async throws {
        let paths = try await document()["paths"]
        guard case .array(let parameters)? = paths?["/api/jobs/{id}/logs"]?["get"]?["parameters"] else {
            Issue.record("there are no parameters")
            return
        }
        let id = try #require(parameters.first { $0["name"] == "id" })
        #expect(id["in"] == "path" && id["required"] == true && id["schema"]?["type"] == "integer")
        let level = try #require(parameters.first { $0["name"] == "level" })
        #expect(level["in"] == "query" && level["required"] == false && level["description"] == "This level and above")
        #expect(level["schema"]?["enum"] == ["debug", "info", "warn", "error"])
    }
}
