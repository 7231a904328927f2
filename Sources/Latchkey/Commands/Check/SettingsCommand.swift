import ArgumentParser
import JSON

/// The table of settings as it is in force.
struct SettingsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings", abstract: "Show every setting as it is in force, and where it came from.",
        discussion: """
            Flags come before the environment, and that before .env. Secrets are not shown. Exits with 1, and says \
            why, if a server would not start with these settings.
            """)

    @Flag(name: .customLong("set"), help: "Only those that are set.") var isShort = false
    @Flag(help: "One JSON object for each setting.") var json = false
    @OptionGroup var flags: SettingFlags

    func run() async throws {
        try await reportingFailures {
            let sources = try flags.sources()
            let settings = sources.settings.map { SettingInForce($0, sources) }
                .filter { !isShort || $0.origin != nil || $0.problem != nil }
            if json {
                for setting in settings { print(setting.json) }
            } else {
                var table = TextTable(["SETTING", "VALUE", "FROM"])
                for setting in settings {
                    table.append([setting.info.name, setting.shownValue, setting.shownOrigin])
                }
                for line in table.lines { print(line) }
            }
            _ = try Configuration(sources)
        }
    }
}

extension SettingInForce {
    fileprivate var json: String {
        var json = JSONWriter()
        json.object { json in
            json.member("name", info.name)
            json.member("value", value)
            json.member("from", shownOrigin)
            json.member("is_secret", info.isSecret)
            json.member("type", info.type)
            json.member("default", info.standard)
            json.member("help", info.help)
            if let problem { json.member("problem", problem) }
        }
        return String(decoding: VisibleText.escaped(json.bytes), as: UTF8.self)
    }
}
