import Auth
import Basics
import Crypto
import Domain
import Logging
import Mail
import Metrics
import ServiceLifecycle
import Web

/// Sends the e-mails in the outbox, one at a time. Several processes may do so for one database.
///
/// While the mail server accepts nothing, all mail is held, and tried again after growing pauses. Only an answer about
/// one e-mail counts as an attempt to send it.
package struct MailSender: Service {
    private let services: Services
    private let mailer: any Mailer
    private let from: Mailbox
    private let composer: MailComposer
    private let health: MailHealth
    private let logger: Logger
    /// The attempts of this process.
    package let deliveries = CounterGroup<Delivery>()
    /// Distinguishes this process from others.
    private let name: String

    /// How long an e-mail is reserved: longer than any attempt takes.
    private static let leaseSeconds: Int64 = 300
    private static let pollInterval = Duration.seconds(5)

    /// The outcome of an attempt to send an e-mail.
    package enum Delivery: String, CaseIterable, Sendable { case sent, postponed, rejected, held }

    package init(
        _ services: Services, through mailer: any Mailer, from: Mailbox, composer: MailComposer, health: MailHealth,
        logger: Logger
    ) throws {
        (self.services, self.mailer, self.from, self.composer) = (services, mailer, from, composer)
        (self.health, self.logger) = (health, logger)
        name = try SecureRandom.alphanumerics(16)
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                // Other processes queue mail, too.
                group.addTask {
                    while !Task.isCancelled {
                        services.mailSignal.send()
                        try? await Task.sleep(for: Self.pollInterval)
                    }
                }
                group.addTask {
                    for await _ in services.mailSignal.stream { await sendAll() }
                }
            }
        }
    }

    /// Sends until nothing is due, or nothing can be sent.
    package func sendAll() async {
        do {
            // The operator, who has perhaps mended something, need not wait for the end of the pause.
            if let since = health.heldSince, try await !services.outbox.hasRetriedMail(since: since) { return }
            while !Task.isCancelled, try await services.outbox.hasDueMail(at: now), try await sendOne() {}
        } catch {
            logger.warning("the outbox could not be read", metadata: ["cause": "\(error)"])
        }
    }

    private var now: Timestamp { services.clocks.now() }

    /// - Returns: false if there was none to send, or none can be sent now.
    private func sendOne() async throws -> Bool {
        let claimed = try await services.outbox.claim(
            by: name, until: now.adding(seconds: Self.leaseSeconds), at: now)
        guard let queued = claimed else { return false }
        let mail = queued.mail
        guard mail.expiresAt > now else { return try await settle(queued, .expired, nil) }
        guard let text = try await composer.text(of: mail) else { return try await settle(queued, .obsolete, nil) }
        let message: MailMessage
        do throws(MailError) {
            message = try MailMessage(
                from: from, to: try Mailbox(address: mail.address.text), subject: text.subject, text: text.plain,
                html: text.html, id: mail.id.rawValue, time: mail.createdAt, unsubscribeURL: text.unsubscribeURL)
        } catch {
            return try await settle(queued, .undeliverable, error.description)
        }
        let started = ContinuousClock.now
        let outcome = await mailer.deliver(message, boundary: try SecureRandom.alphanumerics(24))
        log(queued, outcome, .now - started)
        let reply = outcome.reply.description
        switch outcome {
        case .sent:
            if health.recover() { logger.notice("mail is sent again") }
            return try await settle(queued, .sent, reply)
        case .rejected: return try await settle(queued, .undeliverable, reply)
        case .postponed:
            let next = now.adding(seconds: MailPauses.seconds(after: queued.attempts))
            return try await settle(queued, next < mail.expiresAt ? .postponed(until: next) : .expired, reply)
        case .unavailable where Task.isCancelled:
            // Sent when the server is started again, or by another process.
            return try await settle(queued, .held, nil)
        case .unavailable:
            if health.hold(because: reply, at: now) {
                logger.error("no mail can be sent; all of it is kept", metadata: ["cause": "\(reply)"])
            }
            _ = try await settle(queued, .held, reply)
            return false
        }
    }

    private func settle(_ queued: QueuedMail, _ result: MailResult, _ reply: String?) async throws -> Bool {
        let time = now
        var event: AuditEvent?
        if result == .undeliverable || result == .expired {
            event = AuditEvent(
                .mailUndelivered, .fail, at: time, by: .server, user: queued.mail.userID,
                [
                    .init("kind", queued.mail.kind.rawValue), .init("reason", "\(result)"),
                    .init("reply", String(reply?.prefix(200) ?? "")),
                ])
        }
        try await services.outbox.settle(
            queued.mail.id, claimedBy: name, result, reply: reply, at: time, recording: event)
        return true
    }

    /// Counts and logs an attempt. Neither the address nor anything of the text is logged.
    private func log(_ queued: QueuedMail, _ outcome: SMTPOutcome, _ time: Duration) {
        let result: Delivery =
            switch outcome {
            case .sent: .sent
            case .postponed: .postponed
            case .rejected: .rejected
            case .unavailable: .held
            }
        deliveries.increment(result)
        logger.info(
            "mail",
            metadata: [
                "id": "\(queued.mail.id)", "kind": "\(queued.mail.kind.rawValue)", "attempt": "\(queued.attempts)",
                "result": "\(result.rawValue)", "code": "\(outcome.reply.code)",
                "domain": "\(queued.mail.address.text.split(separator: "@").last ?? "")",
                "ms": "\(Int(time / .milliseconds(1)))",
            ])
    }
}
