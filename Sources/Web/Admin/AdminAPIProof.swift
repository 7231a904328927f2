import Auth
import Domain
import HTTPServer

/// The condition under which the API changes what is not the caller's own: a session of the admin, with a recent proof
/// or the password in the body. API tokens have no session.
struct AdminAPIProof: Sendable {
    let proof: RecentProof

    /// - Parameter read: reads the fields of the body besides the password; all are optional, as the body itself is.
    /// - Throws: the issues of the body, before the proof is asked for.
    func require(
        _ request: Request, _ context: AdminAPIContext, reading read: (inout JSONBody) -> Void = { _ in }
    ) async throws {
        guard let session = context.identity.session else { throw SessionContext.foreignToken }
        var body = try JSONBody(request, isOptional: true)
        read(&body)
        let password = body.optionalString("password")
        try body.finish()
        try await proof.require(password.map(ProofCredential.password), in: session, from: Client(request))
    }
}

// The part of it in descriptions of operations.
extension AdminAPIProof {
    static let text = "Takes a sign-in of the last ten minutes, or the password of the admin."
    static let password = JSONSchema.text("a long password").orNull()
    static let body = Body.optionalJSON(.request("AdminProof", .optional("password", password)))
    static let invalid = Answer.invalid(FieldIssue("password", "Field 'password' must be a string.", .wrongType))
    static let answers: [Answer] = [.problem(.unauthorized, [AppError.badCredentials]), .throttled, .overloaded]
}
