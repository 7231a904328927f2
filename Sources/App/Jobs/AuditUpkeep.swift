import Auth
import Basics
import Domain
import Logging
import ServiceLifecycle

/// Records the server's start and end, periodically writes counted failures, and deletes rows older than the retention
/// period.
package struct AuditUpkeep: Service {
    private let trail: AuditTrail
    private let pruning: AuditPruning
    private let now: @Sendable () -> Timestamp
    private let retention: Int?
    private let version: String
    private let logger: Logger

    /// - Parameters:
    ///   - retention: days; nil keeps all rows.
    ///   - version: the program's version, for the rows about its start and end.
    package init(_ services: Services, retention: Int?, version: String, logger: Logger) {
        (trail, pruning, now) = (services.audit, services.auditPruning, services.clocks.now)
        (self.retention, self.version, self.logger) = (retention, version, logger)
    }

    package func run() async throws {
        await record(.serverStarted)
        await cancelWhenGracefulShutdown {
            var rounds = 0
            while !Task.isCancelled {
                if rounds.isMultiple(of: Self.roundsBetweenPruning) { await prune() }
                rounds &+= 1
                await flush(isLast: false)
                try? await Task.sleep(for: .seconds(10))
            }
        }
        await flush(isLast: true)
        await record(.serverStopped)
    }

    /// One hour.
    private static let roundsBetweenPruning = 360

    private func prune() async {
        guard let retention else { return }
        do {
            let count = try await pruning.keep(days: retention)
            if count > 0 { logger.notice("audit trail pruned", metadata: ["rows": "\(count)"]) }
        } catch let refusal as AuditPruning.Refusal {
            logger.critical("audit trail not pruned", metadata: ["cause": "\(refusal)"])
        } catch {
            logger.error("audit trail not pruned", metadata: ["cause": "\(error)"])
        }
    }

    private func flush(isLast: Bool) async {
        do { try await trail.flush(isLast: isLast) } catch { complain(error) }
    }

    private func record(_ kind: AuditEvent.Kind) async {
        do {
            try await trail.record(
                AuditEvent(kind, at: now(), by: .server, [.init("version", version)]))
        } catch { complain(error) }
    }

    private func complain(_ error: any Error) {
        logger.error("audit trail not written", metadata: ["cause": "\(error)"])
    }
}
