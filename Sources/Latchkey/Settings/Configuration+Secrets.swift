import Auth
import Crypto
import Storage

extension Configuration {
    /// The data's location and secrets: the only settings needed by commands that don't serve.
    struct DataPlace: Sendable {
        let directory: String
        let database: DatabaseURL
        private let sources: SettingSources

        /// - Throws: `Problems`.
        init(_ sources: SettingSources) throws {
            self.sources = sources
            var reader = SettingReader(sources)
            (directory, database) = reader.readDataPlace()
            guard reader.problems.isEmpty else { throw Problems(all: reader.problems) }
        }

        /// The configured secrets, or the one in the data directory.
        /// - Parameter makes: true to create one if there is none; a server's data has one already.
        /// - Throws: `Problems`, also if there is none.
        func secrets(makes: Bool = false) throws -> Secrets {
            var reader = SettingReader(sources)
            let isProduction = reader.readIsProduction() ?? false
            let (configured, previous) = Configuration.readSecrets(&reader)
            guard reader.problems.isEmpty else { throw Problems(all: reader.problems) }
            let current =
                try configured ?? (makes ? SecretFile.secret(in: directory) : SecretFile.existing(in: directory))
            guard let current else {
                throw Problems(all: ["\(Setting.secret.name) not set, and there is no secret in \(directory)."])
            }
            let problems = Configuration.findings(aboutSecret: current, previous, isProduction: isProduction).problems
            guard problems.isEmpty else { throw Problems(all: problems) }
            return Secrets(current: Array(current.utf8), previous: previous.map { Array($0.utf8) })
        }
    }

    /// The current secret, and the previous ones.
    static func readSecrets(_ reader: inout SettingReader) -> (current: String?, previous: [String]) {
        let current = reader.readText(.secret)
        let previous = reader.read(.previousSecrets) { text in
            let secrets = SettingReader.list(text)
            return secrets.allSatisfy { $0.utf8.count >= SecretRule.minimumLength } ? secrets : nil
        }
        return (current, previous ?? [])
    }

    /// Checks the secrets, and separates errors from weaknesses that are acceptable in development. Previous secrets
    /// are checked like the current one, as knowing one also permits signing.
    static func findings(
        aboutSecret secret: String?, _ previous: [String], isProduction: Bool
    ) -> (problems: [String], warnings: [String]) {
        let advice = "Make one with: openssl rand -base64 32"
        var (problems, warnings): ([String], [String]) = ([], [])
        func judge(_ secret: String, _ subject: String, _ advice: String, isAlwaysPublished: Bool) {
            guard let weakness = SecretRule.weakness(of: secret.utf8) else { return }
            let sentence = "\(subject) \(weakness.clause) \(advice)"
            if isProduction || isAlwaysPublished && weakness == .published {
                problems.append(sentence)
            } else {
                warnings.append(sentence)
            }
        }
        if let secret {
            if secret.utf8.count < SecretRule.minimumLength {
                problems.append(
                    "\(Setting.secret.name) must have at least \(SecretRule.minimumLength) characters. \(advice)")
            } else {
                judge(secret, Setting.secret.name, advice, isAlwaysPublished: true)
            }
        } else if isProduction {
            problems.append("\(Setting.secret.name) not set. \(advice)")
        }
        for secret in previous {
            judge(
                secret, "\(Setting.previousSecrets.name) holds one that",
                "Leave it out; what it signed is not to be believed.", isAlwaysPublished: false)
        }
        return (problems, warnings)
    }
}
