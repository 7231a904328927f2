import Auth
import Calendar
import Domain
import HTTPServer

/// The user's second factor.
extension AccountPageHandlers {
    func addSecondFactorRoutes(to site: RouteGroup<SignedInPageContext>) {
        site.post("account/second-factor", summary: "Set up an authenticator app", use: beginSecondFactor)
        site.post("account/second-factor/activate", summary: "Turn the second factor on", use: activateSecondFactor)
        site.post(
            "account/second-factor/recovery-codes", summary: "Make new recovery codes", use: makeRecoveryCodes)
        site.post(
            "account/second-factor/untrust", summary: "Ask for the second factor on all devices again",
            use: untrustDevices)
        site.post("account/second-factor/remove", summary: "Turn the second factor off", use: removeSecondFactor)
    }

    /// - Parameter dates: the reader's.
    func secondFactorCard(of user: User, in dates: DateFormat) async throws -> SecondFactorCard {
        SecondFactorCard(
            factor: try await secondFactors.secondFactor(of: user), dates: dates,
            trustedDevices: try await secondFactors.trustedDevices(of: user))
    }

    // MARK: Setting up

    /// Shows the secret of a new app. It is part of the answer, and no address leads to it.
    @Sendable private func beginSecondFactor(
        _ request: Request, _ context: SignedInPageContext
    ) async throws -> Response {
        try await changing(request, context) { code, credential in
            let secret = try await secondFactors.begin(
                for: context.user, in: context.session, proving: credential, code: code, from: Client(request))
            return try pages.response(setupPage(secret, context))
        }
    }

    @Sendable private func activateSecondFactor(
        _ request: Request, _ context: SignedInPageContext
    ) async throws -> Response {
        do {
            let codes = try await secondFactors.activate(
                code: try request.form()["code"] ?? "", for: context.user, in: context.session, from: Client(request))
            // They were shown before, if another client began.
            guard !codes.isEmpty else { return .seeOther(AccountPage.path) }
            return try pages.response(codesPage(codes, isNew: true, context))
        } catch AppError.invalid(let issues) {
            guard let secret = try await secondFactors.pendingSecret(of: context.user, in: context.session) else {
                return .seeOther(AccountPage.Notice.secondFactorExpired.path)
            }
            var page = try setupPage(secret, context)
            page.codeError = issues.message(for: "code")
            return try pages.response(page, status: .unprocessableEntity)
        } catch let error as AppError {
            switch error {
            case .notFound, .proofRequired: return .seeOther(AccountPage.Notice.secondFactorExpired.path)
            default: throw error
            }
        }
    }

    private func setupPage(_ secret: AuthenticatorSecret, _ context: SignedInPageContext) throws
        -> SecondFactorSetupPage
    {
        SecondFactorSetupPage(
            frame: try pages.frame(title: "Second factor", for: context.user, csrfSubject: context.csrfSubject),
            secret: secret)
    }

    // MARK: Changes

    @Sendable private func makeRecoveryCodes(
        _ request: Request, _ context: SignedInPageContext
    ) async throws -> Response {
        try await changing(request, context) { code, credential in
            let codes = try await secondFactors.makeRecoveryCodes(
                for: context.user, in: context.session, proving: credential, code: code, from: Client(request))
            return try pages.response(codesPage(codes, isNew: false, context))
        }
    }

    private func codesPage(
        _ codes: [String], isNew: Bool, _ context: SignedInPageContext
    ) throws -> RecoveryCodesPage {
        RecoveryCodesPage(
            frame: try pages.frame(title: "Recovery codes", for: context.user, csrfSubject: context.csrfSubject),
            codes: codes, isNew: isNew)
    }

    @Sendable private func removeSecondFactor(
        _ request: Request, _ context: SignedInPageContext
    ) async throws -> Response {
        try await changing(request, context) { code, credential in
            try await secondFactors.turnOff(
                for: context.user, in: context.session, proving: credential, code: code, from: Client(request))
            return .seeOther(AccountPage.Notice.secondFactorRemoved.path)
        }
    }

    @Sendable private func untrustDevices(
        _ request: Request, _ context: SignedInPageContext
    ) async throws -> Response {
        try await secondFactors.untrustDevices(of: context.user, from: Client(request))
        return .seeOther(AccountPage.Notice.devicesUntrusted.path)
    }

    /// Answers the form that changes the second factor.
    private func changing(
        _ request: Request, _ context: SignedInPageContext,
        _ answer: (_ code: String, ProofCredential?) async throws -> Response
    ) async throws -> Response {
        let form = try request.form()
        do {
            return try await answer(form["factor_code"] ?? "", Self.credential(form["factor_password"] ?? ""))
        } catch let error as AppError {
            return try await refusal(of: error, request, context) { page, issues in
                page.factor.codeError =
                    error == .wrongSecondFactor ? AccountHandlers.wrongCode : issues.message(for: "code")
                Self.explainPassword(error, &page, \.factor.passwordError)
            }
        }
    }
}
