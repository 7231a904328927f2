import Auth
import Basics
import Calendar
import Domain
import HTTPServer

/// Undeliverable and waiting mail, for admins. Its contents are not shown.
struct AdminMailHandlers: Sendable {
    let outbox: any MailOutbox
    let signal: MailSignal
    let hasMail: Bool
    let proof: AdminProof
    let zones: TimeZoneDatabase
    let now: @Sendable () -> Timestamp
    let pages: PageRenderer

    private static let path = AdminPart.mail.path
    private static let shownMails = 100

    func addRoutes(to site: RouteGroup<AdminContext>) {
        site.get("admin/mail", summary: "Mail that was given up or waits", use: show)
        site.post("admin/mail/retry", summary: "Send such mail again", use: retry)
    }

    @Sendable private func show(_ request: Request, _ context: AdminContext) async throws -> Response {
        let dates = DateFormat(context.user.locale, zones)
        let mails = try await outbox.mail(in: [.undeliverable, .expired, .waiting], limit: Self.shownMails)
        var page = AdminMailPage(
            frame: try pages.frame(title: "Mail", for: context.user, csrfSubject: context.csrfSubject),
            hasMail: hasMail, rows: mails.map { .init(queued: $0, dates: dates) })
        switch try request.query()["notice"] {
        case "retried": page.notice = "The e-mail is sent within seconds."
        case "gone": page.notice = "There is no such e-mail, or it has expired or was sent."
        default: break
        }
        return try pages.response(page)
    }

    /// Sends one e-mail again, or all where the form names none.
    @Sendable private func retry(_ request: Request, _ context: AdminContext) async throws -> Response {
        let id = try request.form()["mail"].flatMap { $0.isEmpty ? nil : MailID(rawValue: $0) }
        return try await proof.requiring(request, context, returningTo: Self.path) {
            let time = now()
            let event = AuditEvent(.mailRetried, at: time, by: context.source(request))
            let count = try await outbox.retry(id, at: time, recording: event)
            signal.send()
            return .seeOther("\(Self.path)?notice=\(count > 0 ? "retried" : "gone")")
        }
    }
}
