import HTTPServer
import NIOHTTP1
import Templating

/// The error page, in the site's layout.
struct ErrorPage: Page {
    static let template = "pages/error"

    var frame: PageFrame
    var heading: String
    var message: String
    var requestID: String
    /// True if the fault is the server's, so that its operator may have to look for the request.
    var isFault: Bool
    /// The seconds after which the page may try again; nil for what must not be repeated unasked.
    var retryAfter: String?
    /// Details for developers; nil in production.
    var developerHint: String?

    /// - Parameter isRead: true if the request could not have changed anything.
    init(frame: PageFrame, problem: Problem, requestID: String, isRead: Bool, developerHint: String?) {
        self.frame = frame
        self.requestID = requestID
        self.developerHint = developerHint
        isFault = problem.status == .internalServerError
        retryAfter = isRead && problem.status == .serviceUnavailable ? problem.headers["retry-after"].first : nil
        message = problem.detail
        if let heading = problem.heading {
            self.heading = heading
            return
        }
        switch problem.status {
        case .notFound:
            heading = "This page does not exist"
            message = "The address may be mistyped, or what was here has moved."
        case .forbidden: heading = "Request refused"
        case .internalServerError:
            heading = "Something went wrong"
            message = "It is not your fault, and it was logged. Please try again in a moment."
        case .serviceUnavailable: heading = "Just a moment, please"
        case .ok: heading = "Something went wrong while signing in"
        default: heading = "That did not work"
        }
    }

    static let fields: [TemplateField<ErrorPage>] = [
        .model("page", \.frame),
        .text("heading") { $0.heading },
        .text("message") { $0.message },
        .text("request_id") { $0.requestID },
        .flag("is_fault") { $0.isFault },
        .optionalText("retry_after") { $0.retryAfter },
        .optionalText("developer_hint") { $0.developerHint },
    ]
}
