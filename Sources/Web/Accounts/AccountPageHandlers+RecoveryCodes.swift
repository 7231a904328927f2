import Auth
import Domain
import HTTPServer

/// Recovery codes without a second factor, and a new password that waits for them.
extension AccountPageHandlers {
    func addRecoveryCodeRoutes(to site: RouteGroup<SignedInPageContext>) {
        site.post(
            "account/recovery-codes", summary: "Make recovery codes for a new password", use: makeLoneRecoveryCodes)
        site.post("account/recovery-codes/remove", summary: "Remove the recovery codes", use: removeRecoveryCodes)
        site.post("account/waiting-reset/stop", summary: "Stop a new password that waits", use: stopReset)
    }

    func recoveryCodesCard(of user: User) async throws -> RecoveryCodesCard {
        guard !user.hasSecondFactor else { return RecoveryCodesCard() }
        let (left, hasMail) = (try await recoveryCodes.left(of: user), emailChanges.hasMail)
        return RecoveryCodesCard(isShown: !hasMail || left > 0, areOfUse: !hasMail, left: left)
    }

    @Sendable private func makeLoneRecoveryCodes(
        _ request: Request, _ context: SignedInPageContext
    ) async throws -> Response {
        try await changingCodes(request, context) { credential in
            let codes = try await recoveryCodes.make(
                for: context.user, in: context.session, proving: credential, from: Client(request))
            var page = RecoveryCodesPage(
                frame: try pages.frame(title: "Recovery codes", for: context.user, csrfSubject: context.csrfSubject),
                codes: codes, isNew: false)
            page.setPasswords = true
            return try pages.response(page)
        }
    }

    @Sendable private func removeRecoveryCodes(
        _ request: Request, _ context: SignedInPageContext
    ) async throws -> Response {
        try await changingCodes(request, context) { credential in
            _ = try await recoveryCodes.remove(
                of: context.user, in: context.session, proving: credential, from: Client(request))
            return .seeOther(AccountPage.Notice.recoveryCodesRemoved.path)
        }
    }

    /// Takes no proof: it opens nothing, and the owner may be in a hurry.
    @Sendable private func stopReset(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        let isStopped = try await recoveryCodes.stopReset(of: context.user, from: Client(request))
        return .seeOther((isStopped ? AccountPage.Notice.resetStopped : .resetGone).path)
    }

    private func changingCodes(
        _ request: Request, _ context: SignedInPageContext, _ answer: (ProofCredential?) async throws -> Response
    ) async throws -> Response {
        let form = try request.form()
        do {
            return try await answer(Self.credential(form["codes_password"] ?? ""))
        } catch let error as AppError {
            return try await refusal(of: error, request, context) { page, issues in
                page.error = issues.message(for: "code")
                Self.explainPassword(error, &page, \.recoveryCodes.passwordError)
            }
        }
    }
}
