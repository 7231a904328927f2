/// The responder for the port that only redirects HTTP to HTTPS: 308, so that a form is resubmitted unchanged, to the
/// configured origin. The `Host` field is not used, as the client controls it.
package struct RedirectToHTTPS: Sendable {
    /// `https://tasks.example.com`
    let origin: @Sendable () -> String
    let refuse: @Sendable (Request) -> Response
    let respond: Responder

    /// - Parameters:
    ///   - refuse: answers routes for programs, which must learn that they send credentials in the clear.
    ///   - respond: answers routes that are harmless over plain HTTP, for monitoring.
    package init(
        to origin: @escaping @Sendable () -> String, refuse: @escaping @Sendable (Request) -> Response,
        respond: @escaping Responder
    ) {
        self.origin = origin
        self.refuse = refuse
        self.respond = respond
    }

    @Sendable package func answer(_ request: Request) async -> Response {
        switch request.route.attributes.plainHTTP {
        case .answer: return await respond(request)
        case .refuse: return refuse(request)
        case .redirect: break
        }
        let target = request.uri.hasPrefix("/") ? request.uri : "/"
        return Response(status: .permanentRedirect, headers: ["location": origin() + target])
    }
}
