import Auth
import Domain
import HTTPServer

/// Signing in with a passkey.
extension AccountHandlers {
    static let refusedPasskey = "This passkey was not accepted. Try again, or sign in in another way."

    /// The options of the ceremony, for the script of the page that signs in.
    func passkeyOptions() throws -> String? { try auth.passkeyRequest().map(PasskeyOptions.text) }

    @Sendable func signInWithPasskey(_ request: Request, _ context: AppContext) async throws -> Response {
        let form = try request.form()
        do {
            guard let response = PasskeyResponse(json: form["credential"] ?? "") else {
                throw AppError.badCredentials
            }
            let signIn = try await auth.signIn(
                with: response, from: Client(request), Self.options(context, isPassing: form["passing"] != nil))
            return try await enter(signIn, from: form, context)
        } catch AppError.deletionPending(let pending) {
            return try pages.response(returnOffer(pending, email: "", context))
        } catch AppError.emailNotVerified(let pending) {
            return try pages.response(codePage(pending, context))
        } catch let error as AppError {
            var page = try signInPage(again: request, context)
            page.suggestsPasskeys = false
            let problem = Problem(error, requestID: request.id)
            switch error {
            case .badCredentials: page.error = Self.refusedPasskey
            case .inactiveAccount: page.error = "This account has been deactivated."
            case .overloaded, .throttled: page.error = problem.detail
            default: throw error
            }
            return try pages.response(page, for: problem)
        }
    }
}
