import Domain
import HTTPServer
import NIOHTTP1

/// A route with its full documentation: the operation declared beside its handler, and the additions of its contexts.
struct DocumentedOperation: Sendable {
    let method: HTTPMethod
    let path: String
    let summary: String
    let operation: Operation
    let parameters: [Parameter]
    let proofs: [Operation.Proof]
    /// The scope that an API token needs; nil if none is admitted.
    let scope: String?
    let answers: [Answer]

    /// Nil for undocumented routes: the pages.
    init?(_ route: Route) {
        guard let operation = route.description as? Operation else { return nil }
        let requirements = route.contexts.compactMap { ($0 as? any DescribedContext.Type)?.requirements }
        method = route.method
        path = route.path
        summary = Self.title(route.summary, in: operation.tag)
        self.operation = operation
        parameters = requirements.flatMap(\.parameters) + operation.parameters
        scope = route.scope
        proofs = operation.proofs + requirements.flatMap(\.proofs) + (scope == nil ? [] : [.apiToken])

        var answers = operation.answers + requirements.flatMap(\.answers)
        if route.requires(SignedInContext.self) {
            answers.append(.problem(.forbidden, [AppError.insufficientScope(scope)]))
        }
        if method != .GET { answers += requirements.flatMap(\.answersToChanges) }
        if method != .GET, answers.contains(where: { $0.status == .serviceUnavailable }) {
            answers += Answer.toChanges
        }
        // Better Auth's endpoints have their own responses to malformed input.
        if operation.tag != .betterAuth {
            if operation.body != nil { answers += Answer.toBodies }
            if !parameters.isEmpty { answers.append(.undecodable) }
        }
        self.answers = Answer.merged(answers)
    }

    /// The summary without its chapter's name.
    private static func title(_ summary: String, in tag: Operation.Tag) -> String {
        guard summary.hasPrefix(tag.rawValue + ": ") else { return summary }
        let rest = summary.dropFirst(tag.rawValue.count + 2)
        return rest.prefix(1).uppercased() + rest.dropFirst()
    }
}
