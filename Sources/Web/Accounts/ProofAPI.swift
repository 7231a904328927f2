import Auth
import Domain
import HTTPServer
import NIOHTTP1

/// The mailed code with which users who have no password show that they are there, for clients that have signed in.
/// Those of others take the password with the request, or Better Auth's `verify-password`.
struct ProofAPI: Sendable {
    let mailedProof: MailedProof

    func addRoutes(to group: RouteGroup<SessionContext>) {
        group.post("proof/mail", summary: "Mail a code that confirms the user", Self.mailing, use: mail)
        group.post("proof/code", summary: "Confirm the user with a mailed code", Self.confirming, use: confirm)
    }

    @Sendable private func mail(_ request: Request, _ context: SessionContext) async throws -> Response {
        try await mailedProof.mail(to: context.user, in: context.session, from: Client(request))
        return Self.done
    }

    @Sendable private func confirm(_ request: Request, _ context: SessionContext) async throws -> Response {
        var body = try JSONBody(request)
        let (code, factorCode) = (body.string("code"), body.optionalString("second_factor_code"))
        try body.finish()
        do {
            try await mailedProof.confirm(
                code: code, factorCode: factorCode ?? "", for: context.user, in: context.session,
                from: Client(request))
        } catch let error as AppError where error == SecondFactorService.malformedCode {
            throw Self.noFactorCode
        }
        return Self.done
    }

    private static let done = Response(status: .noContent, headers: ["cache-control": "no-store"])
}

// Requests and responses of the handlers above.
extension ProofAPI {
    private static let noFactorCode = AppError.invalid([
        FieldIssue(
            "second_factor_code", "Type the six digits that the app shows, or a recovery code.", .wrongValue)
    ])

    private static let mailing = Operation(
        "mailProofCode", .accounts,
        "For an account without a password whose address is verified. The code is good for 15 minutes, in this session.",
        answers: [
            .empty(.noContent, "An e-mail is on its way, unless one was sent within the last minute."),
            .problem(.forbidden, [MailedProof.hasPassword, MailedProof.notVerified, MailedProof.noMail]),
            .throttled,
        ])

    private static let confirming = Operation(
        "proveByCode", .accounts,
        "What takes a recent proof is possible for ten minutes then, as after a sign-in.",
        body: .json(
            .request(
                "ProofCode",
                .required("code", .text("1234 5678").saying("From the e-mail.")),
                .optional(
                    "second_factor_code",
                    .text("123456").orNull().saying(
                        "From the authenticator app, or a recovery code; needed if the account has a second factor.")))
        ),
        answers: [
            .empty(.noContent, "Confirmed."),
            .problem(.unauthorized, [AppError.wrongSecondFactor]),
            .problem(.notFound, [MailedProof.wrongCode]),
            .invalid(.required("code")),
            .throttled,
        ])
}
