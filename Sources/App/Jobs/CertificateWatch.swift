import HTTPServer
import Logging
import ServiceLifecycle
import UnixSignals

/// Loads a new certificate and key on SIGHUP, and soon after the files have changed.
package struct CertificateWatch: Service {
    private let identity: TLSIdentity
    private let logger: Logger

    package init(_ identity: TLSIdentity, logger: Logger) { (self.identity, self.logger) = (identity, logger) }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await _ in await UnixSignalsSequence(trapping: .sighup) { reload(onlyIfChanged: false) }
                }
                group.addTask {
                    while !Task.isCancelled {
                        try? await Task.sleep(for: .seconds(2))
                        reload(onlyIfChanged: true)
                    }
                }
            }
        }
    }

    private func reload(onlyIfChanged: Bool) {
        do {
            if try identity.reload(onlyIfChanged: onlyIfChanged) { logger.info("certificate read again") }
        } catch {
            logger.error("certificate refused, the one before goes on serving", metadata: ["cause": "\(error)"])
        }
    }
}
