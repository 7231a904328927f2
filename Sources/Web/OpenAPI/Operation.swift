import HTTPServer

/// The input and output of one route, declared beside its handler. The document at `/openapi.json` and the page at
/// `/docs` are generated from these; method, path, summary, and the additions of a route's contexts come from the route
/// itself.
package struct Operation: RouteDescription {
    /// Unique among all routes; the name of the call in generated clients.
    package var id: String
    /// Equal for the same operation at several paths.
    package let family: String
    package var tag: Tag
    /// A description beyond the summary.
    package var text: String
    /// Query parameters; path parameters come from the contexts, and from here if no context declares them.
    package var parameters: [Parameter]
    package var body: Body?
    package var answers: [Answer]
    /// The accepted authentication methods; empty if none is required.
    package var proofs: [Proof] = []
    /// True if the operation also works without authentication.
    package var isProofOptional = false
    /// The effect that readers of the page confirm before they try the operation; empty if there is nothing to confirm.
    package var warning = ""

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

    func warning(_ text: String) -> Operation {
        var operation = self
        operation.warning = text
        return operation
    }

    /// The same operation at another path: links lead to its siblings there.
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
        case lists = "Lists"
        case changes = "Changes"
        case tokens = "API tokens"
        case administration = "Administration"
        case betterAuth = "Better Auth"
        case server = "Server"

        package var text: String {
            switch self {
            case .accounts:
                "Making an account, signing in and out. The response to signing up or in has an access token."
            case .tasks: "A task list belongs to one person, and no one else can see it."
            case .lists: "Lists, tags and saved views, by which tasks are found."
            case .changes: "For clients that keep a copy: what has changed since they last asked, and as it happens."
            case .tokens:
                "For programs that may do some things only: `Authorization: Bearer lk_…`. They never open the account's "
                    + "settings. Each operation names the scope that it takes."
            case .administration: "For admins: other accounts. API tokens with the scope `admin:read` only read."
            case .betterAuth:
                "What Better Auth's own client calls. Errors are `{message, code}` here, and the session token of its "
                    + "sign-in is what is shown."
            case .server: "Keys for other services, this description, and what a load balancer asks."
            }
        }
    }

    /// An authentication method.
    package enum Proof: String, Sendable, CaseIterable {
        case accessToken, sessionToken, sessionCookie, apiToken
    }
}
