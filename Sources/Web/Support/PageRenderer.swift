import Auth
import Domain
import HTTPServer
import Logging
import NIOCore
import NIOHTTP1
import Templating

/// Renders pages as responses.
package final class PageRenderer: Sendable {
    private let templates: TemplateLibrary
    private let assets: StaticFiles
    private let formTokens: FormTokens
    private let logger: Logger
    private let isDevelopment: Bool
    private let host: String?
    private let contact: Contact?
    private let offersSignUp: Bool

    package init(
        templates: TemplateLibrary, assets: StaticFiles, formTokens: FormTokens, logger: Logger, isDevelopment: Bool,
        host: String? = nil, contact: Contact? = nil, offersSignUp: Bool
    ) {
        self.templates = templates
        self.assets = assets
        self.formTokens = formTokens
        self.logger = logger
        self.isDevelopment = isDevelopment
        self.host = host
        self.contact = contact
        self.offersSignUp = offersSignUp
    }

    /// The permanent address of the files in `Public`, which changes with them.
    var assetsURL: String { assets.url("") }

    /// The layout's model.
    func frame(title: String, for user: User? = nil, csrfSubject: String) throws -> PageFrame {
        PageFrame(
            title: title, assets: assetsURL, userName: user?.shownName, accountID: user?.id.rawValue,
            isAdmin: user?.isAdmin ?? false, resetReady: user?.resetReadyAt.map { ShownTime($0, in: .unknown) },
            formToken: try formTokens.token(for: csrfSubject),
            appearance: user.flatMap { $0.appearance == .system ? nil : $0.appearance.rawValue }, host: host,
            contact: contact, offersSignUp: offersSignUp)
    }

    /// The page as HTML that must not be cached: it is personal, or contains a form that is.
    func response(_ page: some Page, status: HTTPResponseStatus = .ok) throws -> Response {
        Response(
            status: status, headers: ["content-type": "text/html; charset=utf-8", "cache-control": "no-store"],
            body: try templates.render(page) { ByteBuffer(bytes: $0) })
    }

    /// The page of a form that is shown again because of a problem, with the problem's status and headers.
    func response(_ page: some Page, for problem: Problem) throws -> Response {
        var response = try response(page, status: problem.status)
        Self.add(problem.headers, to: &response)
        return response
    }

    /// A page whose address grants access to an account, so no `Referer` contains its path, not even one sent to this
    /// server that a proxy could log. `no-referrer` would also achieve that, but with it browsers send `Origin: null`
    /// with the form (Fetch standard, "append a request Origin header"), and a form without an origin is refused.
    func secretResponse(_ page: some Page, status: HTTPResponseStatus = .ok) throws -> Response {
        try keepingSecret(response(page, status: status))
    }

    /// Like `secretResponse(_:status:)`, because of a problem.
    func secretResponse(_ page: some Page, for problem: Problem) throws -> Response {
        try keepingSecret(response(page, for: problem))
    }

    private func keepingSecret(_ response: Response) -> Response {
        var response = response
        response.headers.replaceOrAdd(name: "referrer-policy", value: "strict-origin")
        return response
    }

    /// Adds a problem's headers, except `WWW-Authenticate: Bearer`, which is meant for programs: a browser is offered a
    /// form.
    private static func add(_ headers: HTTPHeaders, to response: inout Response) {
        for (name, value) in headers where name != "www-authenticate" {
            response.headers.replaceOrAdd(name: name, value: value)
        }
    }

    func errorResponse(_ problem: Problem, _ request: Request, _ context: AppContext) -> Response {
        var response: Response
        do {
            let page = ErrorPage(
                // Identifying the user may be the very thing that failed, so the visitors' frame is shown.
                frame: try frame(title: problem.status.reasonPhrase, csrfSubject: context.csrfSubject),
                problem: problem, requestID: request.id, isRead: request.isRead,
                developerHint: isDevelopment ? problem.cause : nil)
            response = try self.response(page, status: problem.status)
        } catch {
            // The error page itself failed; plain text is the fallback.
            logger.error("error page failed", metadata: ["request_id": "\(request.id)", "cause": "\(error)"])
            let text = isDevelopment ? "\(problem.detail)\n\n\(problem.cause ?? "")\n\n\(error)" : problem.detail
            response = Response(
                status: problem.status, contentType: "text/plain; charset=utf-8", bytes: Array((text + "\n").utf8),
                headers: ["cache-control": "no-store"])
        }
        Self.add(problem.headers, to: &response)
        return response
    }
}
