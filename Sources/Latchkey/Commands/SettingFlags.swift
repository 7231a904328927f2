import ArgumentParser
import FoundationEssentials

/// The settings that have a flag; the rest come from the environment.
struct SettingFlags: ParsableArguments {
    @Option(help: "The address to listen on (HOST; localhost).") var host: String?
    @Option(help: "The port to listen on (PORT; 8000).") var port: String?
    @OptionGroup var place: DataFlags
    @Option(help: "development or production (LATCHKEY_ENV).") var env: String?
    @Option(help: "The directory with Templates and Public (LATCHKEY_ASSETS).") var assets: String?
    @Option(help: "What is logged (LOG_LEVEL; info).") var logLevel: String?
    @Option(help: "text or json (LOG_FORMAT; text).") var logFormat: String?

    /// The flags, the environment and `.env`.
    func sources() throws -> SettingSources {
        try SettingSources.current([
            (Settings.host.info, host), (Settings.port.info, port), (Settings.data.info, place.data),
            (Settings.environment.info, env), (Settings.database.info, place.databaseURL),
            (Settings.assets.info, assets), (Settings.logLevel.info, logLevel), (Settings.logFormat.info, logFormat),
        ])
    }
}

extension SettingSources {
    /// Flags that were given, the environment and `.env`.
    static func current(_ flags: [(SettingInfo, String?)]) throws -> SettingSources {
        var sources = SettingSources(environment: ProcessInfo.processInfo.environment)
        for case (let setting, let value?) in flags { sources.flags[setting.name] = value }
        sources.dotEnv = try DotEnvFile.settings() ?? [:]
        return sources
    }
}
