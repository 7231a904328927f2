import Domain
import Logging
import ServiceLifecycle

/// Puts mails for the reminders that are due into the outbox.
package struct ReminderQueue: Service {
    private let services: Services
    private let logger: Logger

    private static let interval = Duration.seconds(10)
    private static let batch = 100
    /// A reminder that is late by more than this is not sent.
    private static let patienceSeconds: Int64 = 86_400

    package init(_ services: Services, logger: Logger) { (self.services, self.logger) = (services, logger) }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await queueAll()
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    package func queueAll() async {
        do {
            var count = Self.batch
            while count == Self.batch, !Task.isCancelled {
                let time = services.clocks.now()
                count = try await services.reminders.queueReminders(
                    dueAt: time, notBefore: time.adding(seconds: -Self.patienceSeconds), limit: Self.batch
                ) { [ids = services.ids] in MailID(rawValue: ids.next(at: time)) }
                if count > 0 { services.mailSignal.send() }
            }
        } catch {
            logger.warning("reminders could not be looked up", metadata: ["cause": "\(error)"])
        }
    }
}
