import App
import Auth
import Crypto
import Storage

extension Configuration {
    /// The data's location and secrets: the only settings needed by commands that don't serve.
    struct DataPlace: Sendable {
        let directory: String
        let database: DatabaseURL
        let backups: BackupFolder
        /// The backups that are kept.
        let retention: BackupRetention
        /// Bytes that tasks and backups leave free on the disk.
        let reserve: Int64
        private let sources: SettingSources

        /// - Throws: `SettingProblems`.
        init(_ sources: SettingSources) throws {
            self.sources = sources
            var reader = SettingReader(sources)
            (directory, database) = reader.readDataPlace()
            backups = reader.readBackupFolder(in: directory)
            retention = reader.read(Settings.backupRetention)
            reserve = Int64(reader.read(Settings.diskReserve)) << 20
            guard reader.problems.isEmpty else { throw SettingProblems(all: reader.problems) }
        }

        /// The secrets, or nil if there are none.
        /// - Throws: `SettingProblems` with those that are there.
        func knownSecrets() throws -> Secrets? {
            var reader = SettingReader(sources)
            let isConfigured = Configuration.readSecrets(&reader).current != nil
            let isKept = try SecretFile.existing(in: directory) != nil
            return isConfigured || isKept || !reader.problems.isEmpty ? try secrets() : nil
        }

        /// The sign-in providers.
        /// - Throws: `SettingProblems`.
        func providers() throws -> [SignInProvider] {
            var reader = SettingReader(sources)
            let isProduction = reader.read(Settings.environment)
            let providers = reader.readProviders(allowsLoopback: !isProduction)
            guard reader.problems.isEmpty else { throw SettingProblems(all: reader.problems) }
            return providers
        }

        /// The configured secrets, or the one in the data directory.
        /// - Parameter makes: true to create one if there is none; a server's data has one already.
        /// - Throws: `SettingProblems`, also if there is none.
        func secrets(makes: Bool = false) throws -> Secrets {
            var reader = SettingReader(sources)
            let isProduction = reader.read(Settings.environment)
            let (configured, previous) = Configuration.readSecrets(&reader)
            guard reader.problems.isEmpty else { throw SettingProblems(all: reader.problems) }
            let current =
                try configured ?? (makes ? SecretFile.secret(in: directory) : SecretFile.existing(in: directory))
            guard let current else {
                throw SettingProblems(all: ["\(Settings.secret.name) not set, and there is no secret in \(directory)."])
            }
            let problems = Configuration.findings(aboutSecret: current, previous, isProduction: isProduction).problems
            guard problems.isEmpty else { throw SettingProblems(all: problems) }
            return Secrets(current: Array(current.utf8), previous: previous.map { Array($0.utf8) })
        }
    }
}
