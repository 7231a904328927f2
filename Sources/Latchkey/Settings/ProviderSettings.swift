import Auth
import Basics

/// The settings of one sign-in provider, whose names contain the provider's.
enum ProviderSettings {
    static let prefix = "OIDC_"

    /// - Parameter name: in capitals.
    static func issuer(_ name: String) -> Setting<String?> {
        Setting(
            "\(prefix)\(name)_ISSUER", "https URL",
            "A sign-in provider with OpenID Connect: its issuer, exactly as the provider writes it. The name is your choice."
        )
    }

    static func kind(_ name: String) -> Setting<String?> {
        Setting(
            "\(prefix)\(name)_TYPE", ProviderKind.allCases.map(\.rawValue).joined(separator: ", "), shown: "oidc",
            "The protocol. github and discord need no issuer; an issuer with github is a GitHub Enterprise Server.")
    }

    static func clientID(_ name: String) -> Setting<String?> {
        Setting("\(prefix)\(name)_CLIENT_ID", "text", "The client id that the provider gave this server.")
    }

    static func clientSecret(_ name: String) -> Setting<String?> {
        Setting(
            "\(prefix)\(name)_CLIENT_SECRET", "text", isSecret: true,
            "The client secret that the provider gave this server; none for a public client. "
                + "github and discord need it.")
    }

    static func scopes(_ name: String) -> Setting<String?> {
        Setting(
            "\(prefix)\(name)_SCOPES", "words, separated by spaces or commas",
            shown: "openid email profile, or the type's",
            "The scopes that the provider is asked for.")
    }

    static func label(_ name: String) -> Setting<String?> {
        Setting("\(prefix)\(name)_LABEL", "text", shown: "the name", "What the button on the sign-in page says.")
    }

    /// - Parameter name: in capitals.
    static func all(_ name: String) -> [SettingInfo] {
        [
            issuer(name).info, kind(name).info, clientID(name).info, clientSecret(name).info, scopes(name).info,
            label(name).info,
        ]
    }

    /// The settings of any provider, as documentation names them.
    static let pattern = all("<NAME>")

    private static let suffixes = [
        "_ISSUER", "_TYPE", "_CLIENT_ID", "_CLIENT_SECRET_FILE", "_CLIENT_SECRET", "_SCOPES", "_LABEL",
    ]

    /// The providers' names in these settings, and settings that look as if they were meant.
    static func names(in values: [String: String]) -> (names: [String], strays: [String]) {
        var (names, strays): (Set<String>, [String]) = ([], [])
        for (setting, value) in values where setting.hasPrefix(prefix) && !value.isEmpty {
            if setting == Settings.providersFile.name { continue }
            let rest = setting.dropFirst(prefix.count)
            if let suffix = suffixes.first(where: { rest.hasSuffix($0) }), rest.count > suffix.count {
                names.insert(String(rest.dropLast(suffix.count)))
            } else {
                strays.append(setting)
            }
        }
        return (names.sorted(), strays.sorted())
    }
}

extension SettingSources {
    /// All settings, with those of each sign-in provider that is named here.
    var settings: [SettingInfo] {
        let names = ProviderSettings.names(in: named).names
        guard !names.isEmpty, let first = ProviderSettings.pattern.first else { return Settings.all }
        let pattern = Set(ProviderSettings.pattern.map(\.name))
        return Settings.all.flatMap { setting in
            if setting.name == first.name { return names.flatMap(ProviderSettings.all) }
            return pattern.contains(setting.name) ? [] : [setting]
        }
    }
}
