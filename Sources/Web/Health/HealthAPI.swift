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
            summary: "Is the process alive?",
            Operation(
                "health", .server,
                answers: [.json(.ok, "It is.", .answer(nil, .required("status", .words("ok"))))]), use: health)
        group.area("ready", errors: .problem, crossOrigin: .anyOrigin, plainHTTP: .redirect).get(
            summary: "Can requests be served?",
            Operation(
                "ready", .server,
                "With `verbose`, and asked from the same machine, the state of each part as well.",
                parameters: [.query("verbose", .string(""))],
                answers: [
                    .json(.ok, "They can: the database answers.", ServerStatus.schema),
                    .problem(.serviceUnavailable, "The database does not answer.", headers: [.retryAfter]),
                ]), use: ready)
        group.area("up", errors: .problem, crossOrigin: .anyOrigin, plainHTTP: .answer).get(
            summary: "Can requests be served? As kamal-proxy and ONCE ask it.",
            Operation(
                "up", .server,
                answers: [
                    .json(.ok, "They can: the database answers.", .answer(nil, .required("status", .words("ready")))),
                    .problem(.serviceUnavailable, "The database does not answer.", headers: [.retryAfter]),
                ]), use: up)
    }

    @Sendable private func health(_ request: Request, _ context: AppContext) async throws -> Response {
        .json(.ok) { $0.object { $0.member("status", "ok") } }
    }

    @Sendable private func ready(_ request: Request, _ context: AppContext) async throws -> Response {
        if let status, try request.query()["verbose"] != nil, isLocal(request) { return await status().response }
        return try await up(request, context)
    }

    @Sendable private func up(_ request: Request, _ context: AppContext) async throws -> Response {
        guard let missing = await readinessProblem() else {
            return .json(.ok) { $0.object { $0.member("status", "ready") } }
        }
        throw HTTPError(.serviceUnavailable, missing, headers: ["retry-after": "2"])
    }

    /// True for a client on this machine. What a proxy passes on comes from elsewhere, even if the proxy itself is here
    /// and is not one that we were told of.
    private func isLocal(_ request: Request) -> Bool {
        IPAddress(Client(request).ipAddress)?.isLoopback == true
            && request.headers["x-forwarded-for"].isEmpty && request.headers["forwarded"].isEmpty
    }
}
