import Auth
import Basics
import Domain
import Templating

/// Writes mails from templates.
package struct MailComposer: Sendable {
    package struct Text: Sendable {
        package let subject: String
        package let plain: String
        package let html: String
    }

    private let templates: TemplateLibrary
    private let resets: PasswordResetService
    private let verification: VerificationService
    private let ownOrigin: @Sendable () -> String

    /// All templates of mails.
    static let pages: [any Page.Type] = [
        HTMLMail<PasswordResetMail>.self, TextMail<PasswordResetMail>.self,
        HTMLMail<VerificationMail>.self, TextMail<VerificationMail>.self,
    ]

    /// - Parameter ownOrigin: our own origin, which links begin with.
    package init(
        templates: TemplateLibrary, resets: PasswordResetService,
        verification: VerificationService, ownOrigin: @escaping @Sendable () -> String
    ) {
        (self.templates, self.resets, self.verification) = (templates, resets, verification)
        self.ownOrigin = ownOrigin
    }

    /// - Returns: nil for a mail that is of no use any more.
    package func text(of mail: OutgoingMail) async throws -> Text? {
        let origin = ownOrigin()
        let host = WebOrigin(url: origin)?.host ?? origin
        switch mail.kind {
        case .passwordReset:
            guard let token = try await resets.token(in: mail) else { return nil }
            var link = "\(origin)/reset/\(token)"
            if let page = mail.details["redirect_to"] {
                // An application's own page gets the token from Better Auth's route.
                link = "\(origin)/api/auth/reset-password/\(token)?callbackURL=\(PercentEncoding.encodeComponent(page))"
            }
            return try text(
                PasswordResetMail(
                    link: link, host: host,
                    address: mail.address.text, requester: mail.details["ip_address"] ?? ""))
        case .emailVerification:
            guard let token = try await verification.token(in: mail) else { return nil }
            var link = "\(origin)/verify/\(token)"
            if let page = mail.details["continue_to"] {
                link += "?callbackURL=\(PercentEncoding.encodeComponent(page))"
            }
            return try text(VerificationMail(link: link, host: host, address: mail.address.text))
        }
    }

    private func text(_ content: some MailContent) throws -> Text {
        Text(
            subject: content.subject,
            plain: String(decoding: try templates.render(TextMail(content: content)), as: UTF8.self),
            html: String(decoding: try templates.render(HTMLMail(content: content)), as: UTF8.self))
    }
}
