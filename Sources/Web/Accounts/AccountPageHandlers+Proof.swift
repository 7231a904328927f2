import Auth
import Domain
import HTTPServer

/// The mailed code with which users who have no password show that they are there.
extension AccountPageHandlers {
    func addProofRoutes(to site: RouteGroup<SignedInPageContext>) {
        site.post("account/proof/mail", summary: "Mail a code that confirms that it is you", use: mailProof)
        site.post("account/proof/code", summary: "Confirm that it is you with a mailed code", use: proveByCode)
    }

    @Sendable private func mailProof(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        do {
            try await mailedProof.mail(to: context.user, in: context.session, from: Client(request))
        } catch let error as AppError {
            return try await refusal(of: error, request, context) { _, _ in }
        }
        return .seeOther(AccountPage.Notice.proofMailed.path)
    }

    @Sendable private func proveByCode(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        let form = try request.form()
        do {
            try await mailedProof.confirm(
                code: form["proof_code"] ?? "", factorCode: form["proof_factor_code"] ?? "", for: context.user,
                in: context.session, from: Client(request))
            return .seeOther(AccountPage.Notice.proved.path)
        } catch let error as AppError where error == MailedProof.wrongCode {
            var page = try await page(context)
            page.proofCodeError = "This code is wrong or no longer valid. Ask for a new one."
            return try pages.response(page, status: .unprocessableEntity)
        } catch let error as AppError {
            return try await refusal(of: error, request, context) { page, issues in
                page.proofFactorError =
                    error == .wrongSecondFactor ? AccountHandlers.wrongCode : issues.message(for: "code")
            }
        }
    }
}
