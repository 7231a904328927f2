import Auth
import Basics
import Domain
import HTTPServer

/// Setting a new password with recovery codes, where no mail is sent.
struct RecoveryResetHandlers: Sendable {
    let resets: RecoveryCodeReset
    let pages: PageRenderer
    /// False if this server sends no mail.
    let hasMail: Bool

    func addRoutes(to site: RouteGroup<AppContext>) {
        site.get(
            "forgot/recovery-codes", summary: "The form that sets a new password with recovery codes", use: show)
        site.setting(\.isForVisitors, to: true)
            .post("forgot/recovery-codes", summary: "Set a new password with recovery codes", use: reset)
    }

    @Sendable private func show(_ request: Request, _ context: AppContext) async throws -> Response {
        hasMail ? .seeOther("/forgot") : try pages.response(page(context))
    }

    @Sendable private func reset(_ request: Request, _ context: AppContext) async throws -> Response {
        guard !hasMail else { return .seeOther("/forgot") }
        let form = try request.form()
        let credential = form["credential"].flatMap { $0.isEmpty ? nil : $0 }
        let input = RecoveryCodeReset.Input(
            email: form["email"] ?? "", firstCode: form["first_code"] ?? "", secondCode: form["second_code"] ?? "",
            appCode: form["app_code"] ?? "", passkey: credential.flatMap(PasskeyResponse.init(json:)),
            password: form["password"] ?? "")
        do {
            switch try await resets.reset(input, from: Client(request)) {
            case .isSet: return ResetHandlers.passwordSet
            case .waits(let time):
                var page = try page(context)
                page.ready = ShownTime(time, in: .unknown)
                return try pages.response(page)
            }
        } catch let error as AppError {
            var page = try page(context)
            (page.email.value, page.firstCode.value, page.secondCode.value) = (
                input.email, input.firstCode, input.secondCode
            )
            var problem = Problem(error, requestID: request.id)
            switch error {
            case .invalid(let issues):
                page.email.error = issues.message(for: "email")
                page.firstCode.error = issues.message(for: "first_code")
                page.secondCode.error = issues.message(for: "second_code")
                page.appCode.error = issues.message(for: "app_code")
                page.passwordError = issues.message(for: "password")
            case .badCredentials:
                problem.status = .forbidden
                page.error =
                    "The address or one of the codes is wrong, or a code was used before. An account with an authenticator app or a passkey takes that as well."
            case .overloaded, .throttled: page.error = problem.detail
            default: throw error
            }
            return try pages.response(page, for: problem)
        }
    }

    private func page(_ context: AppContext) throws -> RecoveryResetPage {
        RecoveryResetPage(
            frame: try pages.frame(title: "New password", csrfSubject: context.csrfSubject),
            passkey: try resets.passkeyRequest().map(PasskeyOptions.text))
    }
}
