/// Answers for the port that is only there to send people to the other: 308, so that a form is sent again as it was,
/// to an address that is configured. The `Host` field names whatever its sender liked.
package struct RedirectToHTTPS: Sendable {
    /// `https://tasks.example.com`
    let origin: @Sendable () -> String
    let respond: Responder

    /// - Parameter respond: answers `/health`, for those who look after the process.
    package init(to origin: @escaping @Sendable () -> String, respond: @escaping Responder) {
        self.origin = origin
        self.respond = respond
    }

    @Sendable package func answer(_ request: Request) async -> Response {
        if request.path == "/health" { return await respond(request) }
        let target = request.uri.hasPrefix("/") ? request.uri : "/"
        return Response(status: .permanentRedirect, headers: ["location": origin() + target])
    }
}
