import App
import Basics
import Logging
import Mail
import Templating
import Web

extension Configuration {
    /// - Parameter ownOrigin: our own origin, whose host introduces itself to the mail server.
    func mailer(ownOrigin: @escaping @Sendable () -> String) -> (any Mailer)? {
        switch mail.way {
        case .server(let server): smtpClient(server, ownOrigin: ownOrigin)
        case .files(let directory): MailFolder(directory)
        case nil: nil
        }
    }

    /// - Parameter replyLimit: the time that the server has for each reply.
    func smtpClient(
        _ server: SMTPServer, ownOrigin: @escaping @Sendable () -> String, replyLimit: Duration = .seconds(60)
    ) -> SMTPClient {
        SMTPClient(
            server, greeting: { WebOrigin(url: ownOrigin())?.host ?? "localhost" },
            extraAuthorities: outgoing.extraAuthorities, replyLimit: replyLimit)
    }

    func mailSender(
        _ services: Services, _ mailer: (any Mailer)?, _ templates: TemplateLibrary, _ logger: Logger,
        ownOrigin: @escaping @Sendable () -> String
    ) throws -> MailSender? {
        guard let mailer, let from = mail.from else { return nil }
        return try MailSender(
            services, through: mailer, from: from,
            composer: services.mailComposer(templates, ownOrigin: ownOrigin),
            health: services.mailHealth, logger: logger)
    }
}
