import Auth
import Basics
import Calendar
import Domain
import Templating

/// Writes e-mails from templates.
package final class MailComposer: Sendable {
    package struct Text: Sendable {
        package let subject: String
        package let plain: String
        package let html: String
        /// Nil for mail that cannot be ended.
        package var unsubscribeURL: String?
    }

    private let templates: TemplateLibrary
    private let resets: PasswordResetService
    private let verification: VerificationService
    private let emailChanges: EmailChangeService
    private let recoveries: RecoveryService
    private let deletions: DeletionService
    private let mailedProof: MailedProof
    private let tasks: TaskService
    private let reminders: ReminderMails
    private let accounts: any AccountStore
    private let zones: TimeZoneDatabase
    private let ownOrigin: @Sendable () -> String
    private let now: @Sendable () -> Timestamp

    /// All templates of e-mails.
    static let pages: [any Page.Type] = [
        HTMLMail<PasswordResetMail>.self, TextMail<PasswordResetMail>.self,
        HTMLMail<VerificationMail>.self, TextMail<VerificationMail>.self,
        HTMLMail<ExistingAccountMail>.self, TextMail<ExistingAccountMail>.self,
        HTMLMail<EmailChangeMail>.self, TextMail<EmailChangeMail>.self,
        HTMLMail<DeletionMail>.self, TextMail<DeletionMail>.self,
        HTMLMail<SecurityNoticeMail>.self, TextMail<SecurityNoticeMail>.self,
        HTMLMail<ReminderMail>.self, TextMail<ReminderMail>.self,
        HTMLMail<ProofCodeMail>.self, TextMail<ProofCodeMail>.self,
    ]

    /// - Parameter ownOrigin: our own origin, which links begin with.
    package init(
        templates: TemplateLibrary, resets: PasswordResetService, verification: VerificationService,
        emailChanges: EmailChangeService, recoveries: RecoveryService, deletions: DeletionService,
        mailedProof: MailedProof, tasks: TaskService,
        reminders: ReminderMails, accounts: any AccountStore, zones: TimeZoneDatabase,
        ownOrigin: @escaping @Sendable () -> String, now: @escaping @Sendable () -> Timestamp
    ) {
        (self.templates, self.resets, self.verification) = (templates, resets, verification)
        (self.emailChanges, self.recoveries, self.deletions) = (emailChanges, recoveries, deletions)
        (self.tasks, self.reminders, self.accounts) = (tasks, reminders, accounts)
        (self.mailedProof, self.zones, self.ownOrigin, self.now) = (mailedProof, zones, ownOrigin, now)
    }

    /// The e-mail as it is true now: a code that can no longer be typed is left out.
    /// - Returns: nil for an e-mail that is obsolete.
    package func text(of mail: OutgoingMail) async throws -> Text? {
        let (origin, time) = (ownOrigin(), now())
        let host = WebOrigin(url: origin)?.host ?? origin
        let requester = MailRequester(mail)
        switch mail.kind {
        case .passwordReset:
            guard let secret = try await resets.secret(in: mail) else { return nil }
            var url = "\(origin)/reset/\(secret.token)"
            let page = mail.details["redirect_to"]
            if let page {
                // An application's own page gets the token from Better Auth's route, and knows no codes.
                url =
                    "\(origin)/api/auth/reset-password/\(secret.token)?callbackURL=\(PercentEncoding.encodeComponent(page))"
            }
            return try text(
                PasswordResetMail(
                    link: MailedLinkText(url, secret, of: .passwordReset, continuingTo: page, at: time), host: host,
                    address: mail.address.text, requester: requester))
        case .emailVerification:
            guard let secret = try await verification.secret(in: mail) else { return nil }
            let link = "\(origin)/verify/\(secret.token)\(Self.continuation(of: mail))"
            return try text(
                VerificationMail(
                    link: MailedLinkText(link, secret, of: .emailVerification, at: time), host: host,
                    address: mail.address.text, requester: requester))
        case .existingAccount:
            return try text(
                ExistingAccountMail(origin: origin, host: host, address: mail.address.text, requester: requester))
        case .emailChange:
            guard let secret = try await emailChanges.secret(in: mail) else { return nil }
            let link = "\(origin)/change-email/\(secret.token)\(Self.continuation(of: mail))"
            return try text(
                EmailChangeMail(
                    link: MailedLinkText(link, secret, of: .emailChange, at: time), host: host,
                    address: mail.address.text, requester: requester))
        case .accountDeletion:
            guard let secret = try await deletions.secret(in: mail) else { return nil }
            let link = "\(origin)/delete-account/\(secret.token)\(Self.continuation(of: mail))"
            return try text(
                DeletionMail(
                    link: MailedLinkText(link, secret, of: .accountDeletion, at: time), host: host,
                    address: mail.address.text, requester: requester))
        case .proofCode:
            guard let secret = try await mailedProof.secret(in: mail) else { return nil }
            let text = MailedLinkText("", secret, of: .proof, at: time)
            // Without its code, the e-mail is useless.
            guard !text.code.isEmpty else { return nil }
            return try self.text(
                ProofCodeMail(
                    code: text.code, timeLeft: text.codeTimeLeft, host: host, address: mail.address.text,
                    requester: requester))
        case .securityNotice, .passwordChange, .deletionRequest, .newAPIToken, .secondFactorChange, .secondFactorUse,
            .providerChange, .newSignIn:
            guard let act = mail.details["act"].flatMap(SecurityAct.init) else { return nil }
            let link = try await recoveries.secret(in: mail).map {
                MailedLinkText("\(origin)/recover/\($0.token)", $0, of: .recovery, at: time)
            }
            return try text(SecurityNoticeMail(act: act, mail: mail, link: link, host: host))
        case .reminder: return try await reminder(in: mail, origin)
        }
    }

    /// Nil for a task that was completed, deleted or moved since, and for an account that wants no reminders any more.
    private func reminder(in mail: OutgoingMail, _ origin: String) async throws -> Text? {
        guard let owner = mail.userID, let id = mail.details["task"].flatMap({ TaskID(untrusted: $0) }),
            let user = try await accounts.user(owner), user.mailsReminders, user.isActive, user.email == mail.address
        else { return nil }
        let task: TaskItem
        do { task = try await tasks.task(id, for: owner) } catch AppError.notFound { return nil }
        guard !task.isCompleted, task.content.due?.storedText ?? "" == mail.details["due"] else { return nil }
        let url = origin + (try reminders.unsubscribePath(of: owner))
        var text = try text(
            ReminderMail(task: task, dates: DateFormat(user.locale, zones), origin: origin, unsubscribeURL: url))
        text.unsubscribeURL = url
        return text
    }

    /// The query of a link that names the page which follows.
    private static func continuation(of mail: OutgoingMail) -> String {
        mail.details["continue_to"].map { "?callbackURL=\(PercentEncoding.encodeComponent($0))" } ?? ""
    }

    private func text(_ content: some MailContent) throws -> Text {
        Text(
            subject: content.subject,
            plain: String(decoding: try templates.render(TextMail(content: content)), as: UTF8.self),
            html: String(decoding: try templates.render(HTMLMail(content: content)), as: UTF8.self))
    }
}
