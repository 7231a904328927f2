/// Answers for the port that is only there to redirect HTTP to HTTPS: 308, so that a form is sent again as it was, to
/// an address that is configured. The `Host` field names whatever its sender liked.
package struct RedirectToHTTPS: Sendable {
    /// `https://tasks.example.com`
    let origin: @Sendable () -> String
    let refuse: @Sendable (Request) -> Response
    let respond: Responder

    /// - Parameters:
    ///   - refuse: answers routes for programs, which are to be told that they send credentials in the clear.
    ///   - respond: answers routes that are harmless over plain HTTP, for those who look after the process.
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
