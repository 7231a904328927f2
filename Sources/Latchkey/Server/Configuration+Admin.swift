import App
import Web
import Workers

extension Configuration {
    var setupTokenFile: SetupTokenFile { SetupTokenFile(in: dataDirectory) }

    /// Facts about this program, for its admins.
    func facts(_ history: HistoryUpkeep) -> ServerFacts {
        let found: @Sendable () async throws -> [BackupFile] = { [backups] in
            // On a thread of its own, as the directory may be on a disk that does not answer.
            try await WorkerThread.run {
                try backups.backups().prefix(Self.shownBackups).map {
                    BackupFile(name: $0.name.text, madeAt: $0.name.time, bytes: try $0.bytes)
                }
            }
        }
        return ServerFacts(
            version: Latchkey.version, settings: inForce, backups: found, samples: { await history.samples() })
    }

    private static let shownBackups = 50
}
