import HTTPServer
import JSON

/// Writes a list of operations as an OpenAPI 3.1.1 document.
struct OpenAPIDocument {
    private let operations: [DocumentedOperation]
    private var components = SchemaComponents()
    /// Errors shared by many operations: each is written once and referenced.
    private var refusals: [(name: String, value: JSONValue)] = []
    private var refusalNames: [String: String] = [:]

    init(_ operations: [DocumentedOperation]) { self.operations = operations }

    /// The whole document, deterministic for the same routes.
    static func bytes(_ operations: [DocumentedOperation]) -> [UInt8] {
        var document = OpenAPIDocument(operations)
        var json = JSONWriter(capacity: 256 * 1024)
        json.value(document.value())
        return json.bytes
    }

    private mutating func value() -> JSONValue {
        var paths: [(String, JSONObject)] = []
        for operation in operations {
            let member = (operation.method.rawValue.lowercased(), value(of: operation))
            if let index = paths.firstIndex(where: { $0.0 == operation.path }) {
                paths[index].1.append(member.0, member.1)
            } else {
                paths.append((operation.path, JSONObject([member])))
            }
        }
        let headers: JSONValue = [
            "RequestID": [
                "description": "What the log calls this request.", "required": true, "schema": place(.requestID),
            ]
        ]
        return [
            "openapi": "3.1.1",
            "info": [
                "title": "Latchkey", "version": "1", "summary": "A task list with accounts of its own.",
                "description": .string(Self.introduction),
            ],
            "servers": [["url": "/"]],
            "tags": .array(
                Operation.Tag.allCases.map { ["name": .string($0.rawValue), "description": .string($0.text)] }),
            "paths": .object(JSONObject(paths.map { ($0.0, .object($0.1)) })),
            "components": [
                "schemas": .object(JSONObject(components.all)),
                "responses": .object(JSONObject(refusals)),
                "headers": headers,
                "securitySchemes": .object(JSONObject(Operation.Proof.allCases.map { ($0.rawValue, $0.scheme) })),
            ],
        ]
    }

    static let introduction = """
        JSON in, JSON out. Errors are problem documents (RFC 9457) whose `detail` is one sentence to act on; below \
        Better Auth's addresses they are `{message, code}`. Times are RFC 3339 in UTC, with milliseconds. Beside the \
        answers named with each operation, the server itself may refuse any request with 400, 408, 413, 414, 417, \
        431, 501 or 503, and answers 500 on an unexpected error: always with a problem document. \
        The pages for people are not part of this description.
        """

    private mutating func place(_ schema: JSONSchema) -> JSONValue { components.place(schema) }

    // MARK: Operations

    private mutating func value(of documented: DocumentedOperation) -> JSONValue {
        let operation = documented.operation
        var members: [(String, JSONValue)] = [
            ("operationId", .string(operation.id)), ("tags", [.string(operation.tag.rawValue)]),
            ("summary", .string(documented.summary)),
        ]
        if !operation.text.isEmpty { members.append(("description", .string(operation.text))) }
        if !documented.parameters.isEmpty {
            var parameters: [JSONValue] = []
            for parameter in documented.parameters { parameters.append(value(of: parameter)) }
            members.append(("parameters", .array(parameters)))
        }
        if let body = operation.body { members.append(("requestBody", value(of: body))) }
        var answers = JSONObject()
        for answer in documented.answers { answers.append(String(answer.status.code), placed(answer)) }
        members.append(("responses", .object(answers)))
        let proofs = documented.proofs.map { proof in
            // The scopes of a scheme other than OAuth's are named since OpenAPI 3.1.
            let scopes = proof == .apiToken ? [documented.scope].compactMap { $0.map(JSONValue.string) } : []
            return JSONValue.object(JSONObject([(proof.rawValue, .array(scopes))]))
        }
        let unauthenticated: JSONValue = [:]
        members.append(("security", .array(proofs + (operation.isProofOptional ? [unauthenticated] : []))))
        return .object(JSONObject(members))
    }

    private mutating func value(of parameter: Parameter) -> JSONValue {
        var schema = parameter.schema
        schema.text = ""
        var members: [(String, JSONValue)] = [
            ("name", .string(parameter.name)), ("in", .string(parameter.place.rawValue)),
            ("required", .bool(parameter.isRequired)),
        ]
        if !parameter.schema.text.isEmpty { members.append(("description", .string(parameter.schema.text))) }
        members.append(("schema", place(schema)))
        return .object(JSONObject(members))
    }

    private mutating func value(of body: Body) -> JSONValue {
        let content: JSONValue = ["schema": place(body.schema), "example": body.schema.sample]
        // For a body that may also be a form, only JSON is described: openapi-python-client generates modules that
        // cannot be imported for two content types of one required body (its issue 1451), and browsers do not read this
        // document.
        let contents = JSONObject([("application/json", content)])
        return ["required": .bool(body.isRequired), "content": .object(contents)]
    }

    // MARK: Answers

    private mutating func placed(_ answer: Answer) -> JSONValue {
        let value = value(of: answer)
        guard answer.status.code >= 400 else { return value }
        let text = value.compact
        if let known = refusalNames[text] { return Self.reference(to: known) }
        let kind = answer.status.reasonPhrase.replacing(" ", with: "")
        let number = refusals.count { $0.name.hasPrefix(kind) }
        let name = number == 0 ? kind : "\(kind)-\(number + 1)"
        refusals.append((name, value))
        refusalNames[text] = name
        return Self.reference(to: name)
    }

    private static func reference(to name: String) -> JSONValue {
        ["$ref": .string("#/components/responses/\(name)")]
    }

    private mutating func value(of answer: Answer) -> JSONValue {
        var members: [(String, JSONValue)] = [("description", .string(answer.text))]
        let requestID: JSONValue = ["$ref": "#/components/headers/RequestID"]
        var headers = JSONObject([("X-Request-Id", requestID)])
        for header in answer.headers {
            var schema = header.schema
            schema.text = ""
            var parts: [(String, JSONValue)] = [("required", .bool(header.isRequired)), ("schema", place(schema))]
            if !header.schema.text.isEmpty { parts.insert(("description", .string(header.schema.text)), at: 0) }
            headers.append(header.name, .object(JSONObject(parts)))
        }
        members.append(("headers", .object(headers)))
        if !answer.contents.isEmpty {
            var contents = JSONObject()
            for content in answer.contents { contents.append(content.type, value(of: content)) }
            members.append(("content", .object(contents)))
        }
        if !answer.links.isEmpty {
            let links = answer.links.map { link -> (String, JSONValue) in
                let parameters = JSONObject(link.parameters.map { ($0.name, .string($0.value)) })
                return (
                    link.operation,
                    [
                        "operationId": .string(link.operation), "description": .string(link.name),
                        "parameters": .object(parameters),
                    ]
                )
            }
            members.append(("links", .object(JSONObject(links))))
        }
        return .object(JSONObject(members))
    }

    private mutating func value(of content: Answer.Content) -> JSONValue {
        guard let schema = content.schema else { return ["schema": ["type": "string"]] }
        let examples = content.examples.map { ($0.name, ["value": $0.value] as JSONValue) }
        return ["schema": place(schema), "examples": .object(JSONObject(examples))]
    }
}

extension Operation.Proof {
    fileprivate var scheme: JSONValue {
        switch self {
        case .accessToken:
            [
                "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                "description": "The `access_token` of signing up or in, or a token of a service that is trusted here.",
            ]
        case .sessionToken:
            [
                "type": "http", "scheme": "bearer",
                "description": "The session token of Better Auth's sign-in, as in its `Set-Auth-Token` header.",
            ]
        case .apiToken:
            [
                "type": "http", "scheme": "bearer", "bearerFormat": "lk_…",
                "description": "An API token with the scope that the operation names.",
            ]
        case .sessionCookie:
            [
                "type": "apiKey", "in": "cookie", "name": "better-auth.session_token",
                "description": .string(
                    "What a browser has; over https the name begins with `__Secure-`. With it, whatever changes "
                        + "something must come from a page of this server or of a trusted origin."),
            ]
        }
    }
}
