import Auth

extension Configuration {
    /// The current secret, and the previous ones.
    static func readSecrets(_ reader: inout SettingReader) -> (current: String?, previous: [String]) {
        let current = reader.read(Settings.secret) ?? reader.read(Settings.onceSecret)
        return (current, reader.read(Settings.previousSecrets))
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
                    "\(Settings.secret.name) must have at least \(SecretRule.minimumLength) characters. \(advice)")
            } else {
                judge(secret, Settings.secret.name, advice, isAlwaysPublished: true)
            }
        } else if isProduction {
            problems.append("\(Settings.secret.name) not set. \(advice)")
        }
        for secret in previous {
            judge(
                secret, "\(Settings.previousSecrets.name) holds one that",
                "Leave it out; what it signed is not to be believed.", isAlwaysPublished: false)
        }
        return (problems, warnings)
    }
}
