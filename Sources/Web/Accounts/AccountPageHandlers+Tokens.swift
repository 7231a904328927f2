import Auth
import Basics
import Calendar
import Domain
import HTTPServer

/// The user's API tokens.
extension AccountPageHandlers {
    /// - Parameter dates: the reader's.
    func tokenCard(of user: User, in dates: DateFormat) async throws -> APITokenCard {
        APITokenCard(
            rows: try await tokens.tokens(of: user.id).map {
                .init(token: $0, isExpired: tokens.isExpired($0), dates: dates)
            }, isAdmin: user.isAdmin)
    }

    /// Makes a token. Its text is part of the answer, as it is stored nowhere to lead there.
    @Sendable func createToken(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        let form = try request.form()
        let (name, password) = (form["token_name"] ?? "", form["token_password"] ?? "")
        let scopes = form.pairs.filter { $0.name == "scope" }.map(\.value)
        let lifetime = form["lifetime"] ?? ""
        let draft = APITokenDraft(
            name: name, scopes: scopes,
            // The form offers no other value; one that is no number is out of range.
            lifetimeDays: lifetime == APITokenCard.noExpiry ? nil : Int64(digits: lifetime) ?? 0)
        do {
            let made = try await tokens.create(
                draft, for: context.user, in: context.session, proving: Self.credential(password),
                from: Client(request))
            var page = try await page(context)
            page.tokens.newToken = made.text
            return try pages.response(page)
        } catch let error as AppError {
            return try await refusal(of: error, request, context) { page, issues in
                page.tokens.name = FormField(value: name, error: issues.message(for: "name"))
                page.tokens.chosenScopes = scopes
                page.tokens.scopesError = issues.message(for: "scopes")
                page.tokens.lifetimes = APITokenCard.choices(ofLifetime: lifetime)
                Self.explainPassword(error, &page, \.tokens.passwordError)
                page.error = issues.message(for: "expires_in_days")
            }
        }
    }

    /// Revokes one of the user's tokens. Another user's answers as one that does not exist.
    @Sendable func revokeToken(_ request: Request, _ context: SignedInPageContext) async throws -> Response {
        let isRevoked = try await APITokenID(untrusted: context.parameters["token_id"]).asyncFlatMap { id in
            try await tokens.revoke(id, of: context.user.id, from: Client(request))
        }
        return .seeOther((isRevoked == true ? AccountPage.Notice.tokenRevoked : .tokenGone).path)
    }
}
