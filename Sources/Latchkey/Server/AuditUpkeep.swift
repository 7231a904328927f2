import Auth
import Domain
import HTTPServer
import Logging
import ServiceLifecycle

/// Records the server's start and end, periodically writes counted failures, and deletes rows older than the retention
/// period.
struct AuditUpkeep: Service {
    let trail: AuditTrail
    let pruning: AuditPruning
    /// Days; nil keeps all rows.
    let retention: Int?
    let logger: Logger

    func run() async throws {
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
                AuditEvent(kind, at: .now(), by: .server, [.init("version", Latchkey.configuration.version)]))
        } catch { complain(error) }
    }

    private func complain(_ error: any Error) {
        logger.error("audit trail not written", metadata: ["cause": "\(error)"])
    }
}
