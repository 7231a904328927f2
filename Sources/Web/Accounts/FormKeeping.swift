import Auth
import Basics
import HTTPServer

/// Keeps the input of a task form whose session has ended: the response is the login form, with the text sealed in it.
struct FormKeeping: Middleware {
    let tokens: FormTokens
    let now: @Sendable () -> Timestamp
    let origins: OriginPolicy
    let pages: PageRenderer
    /// The sign-in page, with all ways that there are.
    let loginPage: @Sendable (AppContext) throws -> LoginPage

    func handle(_ request: Request, context: AppContext, next: Handler<AppContext>) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as LoginRequired {
            // Another site must not be able to prefill a form.
            guard !request.isRead, origins.isSurelyOwn(request), let draft = try Self.draft(in: request.form()),
                let sealed = try tokens.seal(draft, for: context.csrfSubject, at: now())
            else { throw error }
            var page = try loginPage(context)
            page.draft = sealed
            page.show(draft)
            page.error = "You have been signed out. Sign in, and what you typed will be in its form again."
            return try pages.response(page, status: .unauthorized)
        }
    }

    /// A form for a task names the account that it was shown to; others have no input to lose.
    private static func draft(in form: FormFields) -> FormDraft? {
        guard let account = form["account"], !account.isEmpty else { return nil }
        let typed = form.pairs.filter { !["account", "task", "form_token", "here"].contains($0.name) }
        guard typed.contains(where: { !$0.value.isEmpty }) else { return nil }
        return FormDraft(
            account: account, task: form["task"] ?? "",
            input: Dictionary(typed.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }))
    }
}
