import Auth
import Domain
import HTTPServer

/// The second factor of a sign-in whose first factor was right.
extension AccountHandlers {
    static let wrongCode = "This code is wrong, or was used before. Wait for the next one."

    func secondFactorPage(
        _ pending: PendingSecondFactor, _ context: AppContext
    ) async throws -> SecondFactorPage {
        guard let ticket = try formTokens.seal(pending, for: context.csrfSubject, at: now()) else {
            throw AppError.badCredentials
        }
        let passkey =
            pending.methods.contains(.passkey) ? try await auth.passkeyRequest(answering: pending.challenge) : nil
        return SecondFactorPage(
            frame: try pages.frame(title: "One more step", csrfSubject: context.csrfSubject), ticket: ticket,
            hasCodes: pending.methods.contains(.recoveryCode), passkey: passkey.map(PasskeyOptions.text))
    }

    /// - Parameter form: the form that came before, whose destination and draft are kept.
    func secondFactorPage(
        _ pending: PendingSecondFactor, _ form: FormFields, _ context: AppContext
    ) async throws -> SecondFactorPage {
        var page = try await secondFactorPage(pending, context)
        page.next = LocalPath(form["next"])?.text ?? ""
        page.draft = form["draft"]
        return page
    }

    @Sendable func showSecondFactor(_ request: Request, _ context: AppContext) async throws -> Response {
        let form = try request.form()
        let pending = try formTokens.pendingSecondFactor(
            in: form["ticket"] ?? "", for: context.csrfSubject, at: now())
        guard let pending else { return try staleness(context) }
        do {
            var options = Self.options(context)
            options.trustsDevice = form["trust"] != nil
            let credential = form["credential"].flatMap { $0.isEmpty ? nil : $0 }
            let answer: SecondFactorAnswer =
                if let response = credential.flatMap(PasskeyResponse.init(json:)) { .passkey(response) } else {
                    .code(form["code"] ?? "")
                }
            let signIn = try await auth.signIn(
                answering: pending.challenge, with: answer, from: Client(request), options)
            return try await enter(signIn, from: form, context)
        } catch let error as AppError {
            var page = try await secondFactorPage(pending, form, context)
            page.trusts = form["trust"] != nil
            let problem = Problem(error, requestID: request.id)
            switch error {
            case .invalid(let issues): page.codeError = issues.message(for: "code")
            case .wrongSecondFactor where form["credential"]?.isEmpty == false: page.error = Self.refusedPasskey
            case .wrongSecondFactor: page.codeError = Self.wrongCode
            case .throttled: page.error = problem.detail
            case .signInExpired, .signInTriedOut: return try staleness(context)
            default: throw error
            }
            return try pages.response(page, for: problem)
        }
    }
}
