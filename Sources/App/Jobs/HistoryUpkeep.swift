import Auth
import Basics
import HTTPServer
import ServiceLifecycle
import Storage
import Web
import Workers

/// Notes the figures of this server each minute, for the charts of its admins.
package struct HistoryUpkeep: Service {
    private static let interval = Duration.seconds(60)

    private let services: Services
    private let meter: ServerMeter
    private let backups: BackupHealth
    private let history = ServerHistory()

    package init(_ services: Services, _ meter: ServerMeter, _ backups: BackupHealth) {
        (self.services, self.meter, self.backups) = (services, meter, backups)
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                history.add(await sample())
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    /// Those that were noted, and one of now.
    package func samples() async -> [ServerSample] { history.samples + [await sample()] }

    private func sample() async -> ServerSample {
        // The directory of backups may be on a disk that does not answer.
        let backup = try? await WorkerThread.run { [backups] in backups.status() }
        let signIns = services.auth.signIns
        return ServerSample(
            at: services.clocks.now(), requests: await meter.requestCount(), signIns: signIns[.ok],
            failedSignIns: SignInOutcome.allCases.filter(\.isFailure).reduce(0) { $0 + signIns[$1] },
            databaseBytes: try? await services.database.bytes(), backupAge: backup?.age)
    }
}
