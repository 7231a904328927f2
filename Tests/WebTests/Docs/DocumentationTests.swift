import HTTPServer
import NIOHTTP1
import Testing

@testable import Web

@Suite struct DocumentationTests {
    /// The paths that are answered in JSON, errors included. Browsers return from sign-in providers below `/api`, as with
    /// Better Auth.
    private func isForPrograms(_ path: String) -> Bool {
        path.hasPrefix("/api/") && path != "/api/auth/callback/{provider}"
            || ["/.well-known/jwks.json", "/health", "/ready", "/up", "/openapi.json"].contains(path)
    }

    @Test func `every route for programs is documented, and no page is`() async throws {
        try await TestSite.with { site in
            let routes = site.site.router.routes
            for route in routes {
                #expect((route.description is Operation) == isForPrograms(route.path), "\(route.method) \(route.path)")
            }
            #expect(routes.contains { $0.description == nil })
        }
    }

    @Test func `the document has the routes of the router, and no others`() async throws {
        try await TestSite.with { site in
            let routes = site.site.router.routes.filter { isForPrograms($0.path) }
            let wanted = routes.map { "\($0.method.rawValue) \($0.path)" }
            let found = try await site.operations().map { "\($0.method.rawValue) \($0.path)" }
            #expect(Set(found) == Set(wanted))
            #expect(found.count == wanted.count)
        }
    }

    @Test func `every context of a documented route describes its requirements`() async throws {
        try await TestSite.with { site in
            for route in site.site.router.routes where route.description != nil {
                for context in route.contexts {
                    #expect(context is any DescribedContext.Type, "\(route.path): \(context)")
                }
            }
        }
    }

    @Test func `access is as documented, and unauthenticated clients get no undocumented response`() async throws {
        try await TestSite.with { site in
            var guarded = 0
            for operation in try await site.operations() {
                var uri = operation.path
                for name in ["user_id", "task_id", "token"] { uri = uri.replacing("{\(name)}", with: "x") }
                for headers: HTTPHeaders in [[:], ["content-type": "application/json"]] {
                    let response = await site.send(operation.method, uri, headers, body: "{}")
                    let answer = "\(operation.method) \(operation.path): \(response.status)"
                    #expect(operation.statuses.contains(String(response.status.code)), "\(answer)")
                    guard operation.needsProof else { continue }
                    guarded += 1
                    // Better Auth checks the shape of a request before the session.
                    let refusals: [HTTPResponseStatus] =
                        operation.isBetterAuth ? [.unauthorized, .badRequest] : [.unauthorized]
                    #expect(refusals.contains(response.status), "\(answer)")
                }
            }
            #expect(guarded > 60)
        }
    }

    @Test func `the document is generated once, and revalidated`() async throws {
        try await TestSite.with { site in
            let first = await site.send(.GET, "/openapi.json")
            #expect(first.status == .ok)
            #expect(first.headers["content-type"] == ["application/json"])
            #expect(first.headers["cache-control"] == ["no-cache"])
            let etag = try #require(first.headers.first(name: "etag"))
            let again = await site.send(.GET, "/openapi.json", ["if-none-match": etag])
            #expect(again.status == .notModified)
            #expect(again.body.readableBytes == 0)
            try await TestSite.with { other in
                let there = await other.send(.GET, "/openapi.json")
                #expect(there.headers["etag"] == [etag])
            }
        }
    }

    @Test func `the page names every path`() async throws {
        try await TestSite.with { site in
            let page = await site.send(.GET, "/docs")
            #expect(page.status == .ok)
            let code = page.text.split(separator: "<code>").compactMap { $0.split(separator: "</code>").first }
            let named = Set(code.map(String.init))
            for operation in try await site.operations() {
                #expect(named.contains(operation.path), "\(operation.path)")
            }
            #expect(named.contains { $0.hasPrefix("curl -X POST &#34;http://tasks.test/api/auth/signin&#34;") })
        }
    }
}

@Suite struct JSONSchemaTests {
    @Test func `a named schema is written once and referred to`() {
        var components = SchemaComponents()
        let inner = JSONSchema.answer("Inner", .required("name", .string(1...5, "Ada")))
        let outer = JSONSchema.answer("Outer", .required("one", inner), .optional("two", inner.orNull()))
        #expect(components.place(outer) == ["$ref": "#/components/schemas/Outer"])
        #expect(
            components.place(inner.orNull()) == ["anyOf": [["$ref": "#/components/schemas/Inner"], ["type": "null"]]])
        #expect(components.all.map(\.name) == ["Outer", "Inner"])
        #expect(
            components.all[1].value == [
                "type": "object", "required": ["name"],
                "properties": ["name": ["type": "string", "minLength": 1, "maxLength": 5, "examples": ["Ada"]]],
                "additionalProperties": false,
            ])
    }

    @Test func `a schema as people read it`() {
        #expect(JSONSchema.string(1...200, "x").inWords == "text, 1–200 characters")
        #expect(JSONSchema.string(0...10_000, "x").orNull().inWords == "text, up to 10,000 characters or null")
        #expect(JSONSchema.integer(1...100, 20).standardly(50).inWords == "whole number, 1–100; 50 if left out")
        #expect(JSONSchema.words("a", "b").inWords == "“a” or “b”")
        #expect(JSONSchema.array(of: .task).inWords == "list of Task")
    }

    @Test func `a sample is composed of the parts`() {
        let schema = JSONSchema.request(
            nil, .required("name", .string("Ada")), .optional("tags", .array(of: .string("x"))))
        #expect(schema.sample == ["name": "Ada", "tags": ["x"]])
    }

    @Test func `several descriptions of one status become one response`() {
        let merged = Answer.merged([
            .problem(.forbidden, "One."), .problem(.notFound, "Gone."),
            .problem(.forbidden, "Two.", headers: [.retryAfter]),
            .problem(.forbidden, "One."),
        ])
        #expect(merged.map(\.status) == [.forbidden, .notFound])
        #expect(merged[0].text == "One. / Two.")
        #expect(merged[0].contents[0].examples.map(\.name) == ["one", "two"])
        #expect(merged[0].headers.map(\.isRequired) == [false])
    }
}

/// One operation as the document has it.
private struct Found {
    var method: HTTPMethod
    var path: String
    var statuses: Set<String>
    var needsProof: Bool
    var isBetterAuth: Bool
}

extension TestSite {
    fileprivate func operations() async throws -> [Found] {
        guard case .object(let paths)? = try await send(.GET, "/openapi.json").jsonObject()["paths"] else {
            throw Unexpected()
        }
        return try paths.members.flatMap { path, item in
            guard case .object(let methods) = item else { throw Unexpected() }
            return try methods.members.map { method, operation in
                guard case .object(let operation) = operation, case .object(let answers)? = operation["responses"],
                    case .array(let security)? = operation["security"]
                else { throw Unexpected() }
                return Found(
                    method: HTTPMethod(rawValue: method.uppercased()), path: path,
                    statuses: Set(answers.members.map(\.name)),
                    needsProof: !security.isEmpty && !security.contains([:]),
                    isBetterAuth: operation["tags"] == ["Better Auth"])
            }
        }
    }
}
