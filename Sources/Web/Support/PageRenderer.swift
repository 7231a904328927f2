import Auth
import Domain
import HTTPServer
import Logging
import NIOCore
import NIOHTTP1
import Templating

/// Renders pages as responses.
package struct PageRenderer: Sendable {
    private let templates: TemplateLibrary
    private let assets: StaticFiles
    private let formTokens: FormTokens
    private let logger: Logger
    private let isDevelopment: Bool
    private let contact: Contact?
    private let offersSignUp: Bool

    package init(
        templates: TemplateLibrary, assets: StaticFiles, formTokens: FormTokens, logger: Logger, isDevelopment: Bool,
        contact: Contact? = nil, offersSignUp: Bool
    ) {
        self.templates = templates
        self.assets = assets
        self.formTokens = formTokens
        self.logger = logger
        self.isDevelopment = isDevelopment
        self.contact = contact
        self.offersSignUp = offersSignUp
    }

    /// The versioned address of a file in `Public`.
    func url(_ file: String) -> String { assets.url(file) }

    /// The layout's model.
    func frame(title: String, for user: User? = nil, csrfSubject: String) throws -> PageFrame {
        PageFrame(
            title: title, stylesheet: assets.url("app.css"), script: assets.url("app.js"), icon: assets.url("icon.svg"),
            userName: user?.shownName, accountID: user?.id.rawValue,
            formToken: try formTokens.token(for: csrfSubject),
            appearance: user.flatMap { $0.appearance == .system ? nil : $0.appearance.rawValue }, contact: contact,
            offersSignUp: offersSignUp)
    }

    /// The page as HTML that must not be cached: it is personal, or contains a form that is.
    func response(_ page: some Page, status: HTTPResponseStatus = .ok) throws -> Response {
        Response(
            status: status, contentType: "text/html; charset=utf-8", bytes: try templates.render(page),
            headers: ["cache-control": "no-store"])
    }

    func errorResponse(_ problem: Problem, _ request: Request, _ context: AppContext) -> Response {
        var response: Response
        do {
            let page = ErrorPage(
                // Identifying the user may be the very thing that failed, so the visitors' frame is shown.
                frame: try frame(title: problem.status.reasonPhrase, csrfSubject: context.csrfSubject),
                problem: problem, requestID: request.id,
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
        for (name, value) in problem.headers where name != "www-authenticate" {
            response.headers.replaceOrAdd(name: name, value: value)
        }
        return response
    }
}
