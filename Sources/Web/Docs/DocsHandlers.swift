import Basics
import HTTPServer

/// The API's documentation in a browser.
struct DocsHandlers: Sendable {
    let documentation: Documentation
    /// The origin used in examples; known once the server listens.
    let ownOrigin: @Sendable () -> String
    let pages: PageRenderer

    func addRoutes(to site: RouteGroup<AppContext>) {
        site.get("docs", summary: "The API's documentation", use: show)
    }

    @Sendable private func show(_ request: Request, _ context: AppContext) async throws -> Response {
        let origin = ownOrigin()
        let operations = try documentation.operations()
        let chapters = Operation.Tag.allCases.map { tag in
            DocsPage.Chapter(
                title: tag.rawValue, anchor: Self.anchor(tag.rawValue), text: tag.text.withoutTicks,
                operations: Self.entries(operations.filter { $0.operation.tag == tag }, origin))
        }
        let signIn = operations.first { $0.operation.id == "signIn" }.map { Self.examples($0, origin) } ?? []
        return try pages.response(
            DocsPage(
                frame: try pages.frame(
                    title: "The API", for: context.identity?.user, csrfSubject: context.csrfSubject),
                languages: RequestExample.Language.allCases.map {
                    FormChoice(value: $0.id, label: $0.rawValue, isChosen: $0 == .curl)
                },
                examples: signIn, chapters: chapters))
    }

    /// One entry for each operation, regardless of its number of paths.
    private static func entries(_ operations: [DocumentedOperation], _ origin: String) -> [DocsPage.Entry] {
        var families: [[DocumentedOperation]] = []
        for operation in operations {
            if let index = families.firstIndex(where: { $0[0].operation.family == operation.operation.family }) {
                families[index].append(operation)
            } else {
                families.append([operation])
            }
        }
        return families.map { entry($0[0], alsoAt: $0.dropFirst().map(\.path), origin) }
    }

    private static func entry(_ documented: DocumentedOperation, alsoAt paths: [String], _ origin: String)
        -> DocsPage.Entry
    {
        let operation = documented.operation
        let good = documented.answers.first { (200..<300).contains($0.status.code) }
        let answers = documented.answers.map(answerLine)
        let refused = documented.answers.firstIndex { $0.status.code >= 400 } ?? answers.endIndex
        return DocsPage.Entry(
            id: operation.id, anchor: anchor(operation.id), method: documented.method.rawValue, path: documented.path,
            summary: documented.summary, text: operation.text.withoutTicks, alsoAt: paths, access: access(documented),
            parameters: documented.parameters.map {
                field($0.name, $0.schema, isRequired: $0.isRequired, place: $0.place.words)
            },
            body: operation.body?.schema.properties.map { field($0.name, $0.schema, isRequired: $0.isRequired) } ?? [],
            bodyNote: bodyNote(operation.body),
            answers: Array(answers[..<refused]), refusals: Array(answers[refused...]),
            examples: examples(documented, origin),
            response: good?.contents.first?.schema.map { $0.sample.indented() } ?? "", warning: operation.warning)
    }

    private static func examples(_ documented: DocumentedOperation, _ origin: String) -> [DocsPage.Example] {
        let example = RequestExample(documented, origin: origin)
        return RequestExample.Language.allCases.map { DocsPage.Example(language: $0.id, code: example.code(in: $0)) }
    }

    private static func answerLine(_ answer: Answer) -> DocsPage.AnswerLine {
        DocsPage.AnswerLine(
            status: answer.status.inWords, meanings: answer.text.withoutTicks.split(" / "),
            content: answer.contents.map(content).joined(separator: " or "))
    }

    private static func field(_ name: String, _ schema: JSONSchema, isRequired: Bool, place: String = "")
        -> DocsPage.Field
    {
        DocsPage.Field(
            name: name, kind: place.isEmpty ? schema.inWords : "\(schema.inWords); \(place)",
            note: schema.text.withoutTicks,
            isRequired: isRequired)
    }

    private static func bodyNote(_ body: Body?) -> String {
        guard let body else { return "" }
        let kind = body.takesForms ? "As JSON, or as a form (application/x-www-form-urlencoded)." : "As JSON."
        return body.isRequired ? kind : kind + " It may be left out."
    }

    private static func content(_ content: Answer.Content) -> String {
        guard let schema = content.schema else { return content.type }
        return switch content.type {
        case "application/problem+json": "problem document"
        default: schema.name == "BetterAuthError" ? "message and code" : schema.inWords
        }
    }

    private static func access(_ documented: DocumentedOperation) -> String {
        if documented.proofs.isEmpty { return "Anyone." }
        if documented.operation.isProofOptional {
            return "Anyone; a session token or cookie identifies the caller."
        }
        if let scope = documented.scope {
            return "Requires an access token, a session token, a session cookie, or an API token with \(scope)."
        }
        return documented.proofs.contains(.accessToken)
            ? "Requires an access token, a session token or a session cookie."
            : "Requires a session token or a session cookie."
    }

    /// `better-auth`, `listTasks`: a URL fragment.
    private static func anchor(_ text: String) -> String { text.lowercased().replacing(" ", with: "-") }
}

extension String {
    /// The text without Markdown's code marks.
    fileprivate var withoutTicks: String { String(filter { $0 != "`" }) }

    /// The parts between separators.
    fileprivate func split(_ separator: String) -> [String] {
        var parts: [String] = []
        var rest = self[...]
        while let found = rest.firstRange(of: separator) {
            parts.append(String(rest[..<found.lowerBound]))
            rest = rest[found.upperBound...]
        }
        return parts + [String(rest)]
    }
}

extension Parameter.Place {
    /// Empty for the query, where most parameters are.
    fileprivate var words: String {
        switch self {
        case .path: "in the path"
        case .query: ""
        case .header: "in a header"
        }
    }
}
