import App
import Auth
import Domain

extension Services {
    /// The link and the code in an e-mail of this kind that waits to be sent.
    package func mailedSecret(_ kind: MailKind) async throws -> MailSecret {
        let queued = try await outbox.mail(in: [.waiting], limit: 99)
        guard let mail = queued.first(where: { $0.mail.kind == kind })?.mail else { throw NoSuchMail(kind: kind) }
        let secret =
            switch kind {
            case .passwordReset: try await resets.secret(in: mail)
            case .emailVerification: try await verification.secret(in: mail)
            case .emailChange: try await emailChanges.secret(in: mail)
            case .accountDeletion: try await deletions.secret(in: mail)
            default: try await recoveries.secret(in: mail)
            }
        guard let secret else { throw NoSuchMail(kind: kind) }
        return secret
    }
}

private struct NoSuchMail: Error { let kind: MailKind }
