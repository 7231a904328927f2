import Auth
import Domain
import HTTPServer

/// The user's address: verifying it and changing it.
extension AccountPageHandlers {
    @Sendable func sendVerification(
        _ request: Request, _ context: SignedInPageContext
    ) async throws -> Response {
        guard let verification else { return .seeOther(AccountPage.path) }
        do {
            try await verification.request(context.user.email, from: Client(request))
        } catch let error as AppError {
            return try await refusal(of: error, request, context) { _, _ in }
        }
        return .seeOther(AccountPage.Notice.verificationSent.path)
    }

    @Sendable func changeEmail(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        let form = try request.form()
        let (email, password) = (form["new_email"] ?? "", form["email_password"] ?? "")
        do {
            let outcome = try await emailChanges.request(
                email, for: context.user, in: context.session, proving: Self.credential(password),
                from: Client(request))
            return .seeOther((outcome == .mailed ? AccountPage.Notice.emailChangeSent : .emailChanged).path)
        } catch let error as AppError {
            return try await refusal(of: error, request, context) { page, issues in
                page.newEmail = FormField(value: email, error: issues.message(for: "email"))
                Self.explainPassword(error, &page, \.emailPasswordError)
            }
        }
    }

    /// The proof in a form, whose password is only asked for if it is needed.
    static func credential(_ password: String) -> ProofCredential? {
        password.isEmpty ? nil : .password(password)
    }

    /// Explains a refused proof at the form's own field.
    static func explainPassword(
        _ error: AppError, _ page: inout AccountPage, _ field: WritableKeyPath<AccountPage, String?>
    ) {
        guard error == .proofRequired || error == .badCredentials else { return }
        page.needsPassword = true
        page.currentPasswordError = nil
        page[keyPath: field] = error == .proofRequired ? "Enter your password." : "This is not your password."
    }

    @Sendable func verifyByCode(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        guard let verification else { return .seeOther(AccountPage.path) }
        let code = try request.form()["verification_code"] ?? ""
        do {
            try await verification.verify(
                code: code, of: context.user.email, by: context.user.id, from: Client(request))
        } catch AppError.notFound(let sentence) {
            var page = try await page(context)
            page.verificationCodeError = sentence
            return try pages.response(page, status: .unprocessableEntity)
        } catch let error as AppError {
            return try await refusal(of: error, request, context) { _, _ in }
        }
        return .seeOther(AccountPage.Notice.emailVerified.path)
    }

    @Sendable func changeEmailByCode(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        let code = try request.form()["email_code"] ?? ""
        var page = try await page(context)
        do {
            try await emailChanges.confirm(code: code, of: context.user.id, from: Client(request))
            return .seeOther(AccountPage.Notice.emailChanged.path)
        } catch AppError.notFound(let sentence) {
            page.emailCodeError = sentence
            return try pages.response(page, status: .unprocessableEntity)
        } catch let error as AppError where error == .emailTaken {
            page.emailCodeError = "Another account has this address now. Choose another one."
            return try pages.response(page, for: Problem(error, requestID: request.id))
        } catch let error as AppError {
            return try await refusal(of: error, request, context) { _, _ in }
        }
    }
}
