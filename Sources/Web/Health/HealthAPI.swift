import HTTPServer

/// Health checks for load balancers and containers.
struct HealthAPI: Sendable {
    /// Returns the problem, or nil if requests can be served.
    let readinessProblem: @Sendable () async -> String?

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
                answers: [
                    .json(.ok, "They can: the database answers.", .answer(nil, .required("status", .words("ready")))),
                    .problem(.serviceUnavailable, "The database does not answer.", headers: [.retryAfter]),
                ]), use: ready)
    }

    @Sendable private func health(_ request: Request, _ context: AppContext) async throws -> Response {
        .json(.ok) { $0.object { $0.member("status", "ok") } }
    }

    @Sendable private func ready(_ request: Request, _ context: AppContext) async throws -> Response {
        guard let missing = await readinessProblem() else {
            return .json(.ok) { $0.object { $0.member("status", "ready") } }
        }
        throw HTTPError(.serviceUnavailable, missing, headers: ["retry-after": "2"])
    }
}
