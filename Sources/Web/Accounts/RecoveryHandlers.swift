import Auth
import Domain
import HTTPServer

/// Recovering an account with the link in a security notice. Viewing the page changes nothing, as mail scanners fetch
/// links; submitting the form does.
struct RecoveryHandlers: Sendable {
    let recoveries: RecoveryService
    let pages: PageRenderer

    /// The body limit of a form that carries the result of a passkey's ceremony, in bytes.
    static let maximumBodySize = 64 * 1024

    func addRoutes(to site: RouteGroup<AppContext>) {
        site.setting(\.secretParameter, to: "token")
            .get("recover/{token}", summary: "The form that recovers an account", use: show)
        site.setting(\.isForVisitors, to: true).post("recover", summary: "Recover an account", use: recover)
    }

    @Sendable private func show(_ request: Request, _ context: AppContext) async throws -> Response {
        let token = context.parameters["token"]
        guard let page = try await page(context, token) else { return try refusal(context) }
        return try pages.secretResponse(page)
    }

    @Sendable private func recover(_ request: Request, _ context: AppContext) async throws -> Response {
        let form = try request.form()
        let token = form["token"] ?? ""
        let kind = ProofKind(form)
        do {
            try await recoveries.recover(
                token: token, proving: try kind.proof(in: form), new: form["password"] ?? "", from: Client(request))
        } catch let error as AppError {
            guard var page = try await page(context, token) else { return try refusal(context) }
            let problem = Problem(error, requestID: request.id)
            switch error {
            case .invalid(let issues):
                page.passwordError = issues.message(for: "password")
                page.codeError = issues.message(for: "code")
            case .badCredentials: kind.explain(&page)
            case .emailTaken: page.error = "Another account has this address now. Ask the operator of this server."
            case .overloaded, .throttled: page.error = problem.detail
            default: throw error
            }
            return try pages.secretResponse(page, for: problem)
        }
        var response = Response.seeOther("/login?notice=recovered")
        response.headers.add(name: "cache-control", value: "no-store")
        return response
    }

    /// The proof that a form carries: of several, the one that cannot be mistyped.
    private enum ProofKind {
        case passkey, code, password

        init(_ form: FormFields) {
            self = form["credential"]?.isEmpty == false ? .passkey : form["code"]?.isEmpty == false ? .code : .password
        }

        /// - Throws: `AppError.badCredentials`.
        func proof(in form: FormFields) throws -> RecoveryProof {
            switch self {
            case .passkey:
                guard let response = PasskeyResponse(json: form["credential"] ?? "") else {
                    throw AppError.badCredentials
                }
                return .passkey(response)
            case .code: return .code(form["code"] ?? "")
            case .password: return .password(form["former_password"] ?? "")
            }
        }

        /// Explains a wrong one at its own field.
        func explain(_ page: inout RecoveryPage) {
            switch self {
            case .passkey:
                page.error = "This passkey was not accepted. It must be one that the account had before the change."
            case .code:
                page.codeError =
                    "This code is wrong, was used, or is of an app or a list that is newer than the change."
            case .password where page.options?.takesPassword == false:
                page.error = "Show first that you are the account’s owner."
            case .password:
                page.formerPasswordError = "This is not the password that the account had before the change."
            }
        }
    }

    /// - Returns: nil for an invalid link.
    private func page(_ context: AppContext, _ token: String) async throws -> RecoveryPage? {
        guard let recovery = try await recoveries.recovery(for: token) else { return nil }
        var page = try emptyPage(context)
        (page.token, page.email) = (token, recovery.email.text)
        page.options = try await recoveries.options(for: recovery, token)
        return page
    }

    private func emptyPage(_ context: AppContext) throws -> RecoveryPage {
        RecoveryPage(frame: try pages.frame(title: "Recover your account", csrfSubject: context.csrfSubject))
    }

    private func refusal(_ context: AppContext) throws -> Response {
        var page = try emptyPage(context)
        page.error =
            "This link is no longer valid: it was used, has expired, or the account was recovered with an earlier one."
        return try pages.secretResponse(page, status: .notFound)
    }
}
