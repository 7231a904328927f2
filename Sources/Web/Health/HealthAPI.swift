import Auth
import Basics
import HTTPServer

/// Health checks for load balancers and containers.
struct HealthAPI: Sendable {
    /// Returns the problem, or nil if requests can be served.
    let readinessProblem: @Sendable () async -> String?
    /// The state of each part, for the operator; nil to show none.
    let status: (@Sendable () async -> ServerStatus)?

    func addRoutes(to group: RouteGroup<AppContext>) {
        group.area("health", errors: .problem, crossOrigin: .anyOrigin, plainHTTP: .answer).get(
            summary: "Check that the process is alive",
            Operation(
                "health", .server,
                answers: [.json(.ok, "The process is alive.", .answer(nil, .required("status", .words("ok"))))]),
            use: health)
        group.area("ready", errors: .problem, crossOrigin: .anyOrigin, plainHTTP: .redirect).get(
            summary: "Check that requests can be served",
            Operation(
                "ready", .server,
                "With `verbose`, and asked from the same machine, the state of each part as well.",
                parameters: [.query("verbose", .string(""))],
                answers: [
                    .json(.ok, "Ready: the database responds.", ServerStatus.schema),
                    .problem(.serviceUnavailable, "The database does not respond.", headers: [.retryAfter]),
                ]), use: ready)
        group.area("up", errors: .problem, crossOrigin: .anyOrigin, plainHTTP: .answer).get(
            summary: "Check that requests can be served, as kamal-proxy and ONCE do",
            Operation(
                "up", .server,
                answers: [
                    .json(.ok, "Ready: the database responds.", .answer(nil, .required("status", .words("ready")))),
                    .problem(.serviceUnavailable, "The database does not respond.", headers: [.retryAfter]),
                ]), use: up)
    }

    @Sendable private func health(_ request: Request, _ context: AppContext) async throws -> Response {
        .json(.ok) { $0.object { $0.member("status", "ok") } }
    }

    @Sendable private func ready(_ request: Request, _ context: AppContext) async throws -> Response {
        if let status, try request.query()["verbose"] != nil, request.isFromThisMachine {
            return await status().response
        }
        return try await up(request, context)
    }

    @Sendable private func up(_ request: Request, _ context: AppContext) async throws -> Response {
        guard let missing = await readinessProblem() else {
            return .json(.ok) { $0.object { $0.member("status", "ready") } }
        }
        throw HTTPError(.serviceUnavailable, missing, headers: ["retry-after": "2"])
    }
}
