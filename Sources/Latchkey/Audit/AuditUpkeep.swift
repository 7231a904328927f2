import Auth
import Domain
import Logging
import ServiceLifecycle

/// Records that the server begins and ends, and writes down now and then what was only counted.
struct AuditUpkeep: Service {
    let trail: AuditTrail
    let logger: Logger

    func run() async throws {
        await record(.serverStarted)
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await flush(isLast: false)
                try? await Task.sleep(for: .seconds(10))
            }
        }
        await flush(isLast: true)
        await record(.serverStopped)
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
