import HTTPServer
import JSON
import NIOHTTP1

/// What one route takes and answers, written down beside its handler. The document at `/openapi.json` and the page at
/// `/docs` are made of these; method, path, summary, and what a route's contexts add, come from the route itself.
package struct Operation: RouteDescription {
    /// Unique among all routes; the name that generated clients give to the call.
    package var id: String
    /// The same for the same operation at several paths.
    package let family: String
    package var tag: Tag
    /// What the summary doesn't say.
    package var text: String
    /// Those of the query; a path's own come from the contexts, and from here where no context knows them.
    package var parameters: [Parameter]
    package var body: Body?
    package var answers: [Answer]
    /// Which proofs of who one is are taken; empty where none is asked for.
    package var proofs: [Proof] = []
    /// Whether it also works without a proof.
    package var isProofOptional = false

    init(
        _ id: String, _ tag: Tag, _ text: String = "", parameters: [Parameter] = [], body: Body? = nil,
        answers: [Answer]
    ) {
        self.id = id
        family = id
        self.tag = tag
        self.text = text
        self.parameters = parameters
        self.body = body
        self.answers = answers
    }

    /// The same operation at another path: links lead to what stands beside it there.
    func mounted(as suffix: String, linkingTo siblings: String, passing parameters: [String]) -> Operation {
        var operation = self
        operation.id += suffix
        for index in operation.answers.indices {
            for link in operation.answers[index].links.indices {
                operation.answers[index].links[link].operation += siblings
                for name in parameters {
                    operation.answers[index].links[link].parameters.append((name, "$request.path.\(name)"))
                }
            }
        }
        return operation
    }

    /// A chapter of the documentation.
    package enum Tag: String, Sendable, CaseIterable {
        case accounts = "Accounts"
        case tasks = "Tasks"
        case betterAuth = "Better Auth"
        case server = "Server"

        package var text: String {
            switch self {
            case .accounts: "Making an account, signing in and out. The answer to signing up or in has an access token."
            case .tasks: "A task list belongs to one person and is seen by nobody else."
            case .betterAuth:
                "What Better Auth's own client calls. Errors are `{message, code}` here, and the session token of its "
                    + "sign-in is what is shown."
            case .server: "Keys for other services, this description, and what a load balancer asks."
            }
        }
    }

    /// A way to show who one is.
    package enum Proof: String, Sendable, CaseIterable {
        case accessToken, sessionToken, sessionCookie
    }
}

/// A parameter in the path or in the query.
package struct Parameter: Sendable {
    package enum Place: String, Sendable { case path, query }

    package let name: String
    package let place: Place
    package let schema: JSONSchema
    package let isRequired: Bool

    static func path(_ name: String, _ schema: JSONSchema) -> Parameter {
        Parameter(name: name, place: .path, schema: schema, isRequired: true)
    }

    static func query(_ name: String, _ schema: JSONSchema, isRequired: Bool = false) -> Parameter {
        Parameter(name: name, place: .query, schema: schema, isRequired: isRequired)
    }
}

/// What a request carries.
package struct Body: Sendable {
    package let schema: JSONSchema
    package var isRequired = true
    /// Whether the same fields may also come as a form.
    package var takesForms = false

    static func json(_ schema: JSONSchema) -> Body { Body(schema: schema) }
}

/// One of the answers that a request may get.
package struct Answer: Sendable {
    package struct Content: Sendable {
        package let type: String
        /// Nil for what is not JSON.
        package let schema: JSONSchema?
        package var examples: [(name: String, value: JSONValue)]
    }

    package struct Header: Sendable {
        package let name: String
        package let schema: JSONSchema
        package var isRequired = true
    }

    /// What to do next with what came back (OpenAPI 3.1, section 4.8.20): which operation, and where its parameters
    /// are to be found.
    package struct Link: Sendable {
        package let name: String
        package var operation: String
        package var parameters: [(name: String, value: String)]
    }

    package let status: HTTPResponseStatus
    package var text: String
    package var contents: [Content] = []
    package var headers: [Header] = []
    package var links: [Link] = []

    /// An answer without a body.
    static func empty(_ status: HTTPResponseStatus, _ text: String, headers: [Header] = [], links: [Link] = [])
        -> Answer
    {
        Answer(status: status, text: text, headers: headers, links: links)
    }

    static func json(
        _ status: HTTPResponseStatus, _ text: String, _ schema: JSONSchema, headers: [Header] = [], links: [Link] = []
    ) -> Answer {
        let content = Content(type: "application/json", schema: schema, examples: [(status.name, schema.sample)])
        return Answer(status: status, text: text, contents: [content], headers: headers, links: links)
    }

    static func page(_ status: HTTPResponseStatus, _ text: String) -> Answer {
        Answer(
            status: status, text: text, contents: [Content(type: "text/html", schema: nil, examples: [])])
    }
}

extension HTTPResponseStatus {
    /// `404 Not Found`
    var inWords: String { "\(code) \(reasonPhrase)" }
    /// `not_found`
    var name: String { reasonPhrase.lowercased().replacing(" ", with: "_") }
}

extension RouteGroup {
    // The methods of a group, for routes that programs call.

    func get(
        _ path: String = "", summary: String, _ operation: Operation, use handler: @escaping Handler<Context>
    ) {
        on(.GET, path, summary: summary, description: operation, use: handler)
    }
    func post(
        _ path: String = "", summary: String, _ operation: Operation, use handler: @escaping Handler<Context>
    ) {
        on(.POST, path, summary: summary, description: operation, use: handler)
    }
    func put(
        _ path: String = "", summary: String, _ operation: Operation, use handler: @escaping Handler<Context>
    ) {
        on(.PUT, path, summary: summary, description: operation, use: handler)
    }
    func patch(
        _ path: String = "", summary: String, _ operation: Operation, use handler: @escaping Handler<Context>
    ) {
        on(.PATCH, path, summary: summary, description: operation, use: handler)
    }
    func delete(
        _ path: String = "", summary: String, _ operation: Operation, use handler: @escaping Handler<Context>
    ) {
        on(.DELETE, path, summary: summary, description: operation, use: handler)
    }
}
