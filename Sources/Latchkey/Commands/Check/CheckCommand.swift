import ArgumentParser
import JSON

/// A look at everything that a server needs, before it starts or beside it.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check settings, data, machine and other servers, and say what needs doing.",
        discussion: """
            A line for each check: ok, warn or FAIL. Run it with the settings and as the user that the server has; it \
            makes and changes nothing, apart from a trial file in the data directory that is gone at once. Exits with \
            1 if something fails, and with --strict with 2 if there is a warning.

            The whole database is read, and other servers are asked: the mail server takes the password and gets no \
            mail.
            """)

    @Flag(help: "Look at the running server as well, instead of whether its port is free.") var live = false
    @Flag(help: "Ask no other machine.") var offline = false
    @Flag(help: "Exit with 2 if there is a warning and no failure.") var strict = false
    @Flag(help: "One JSON object for each check.") var json = false
    @OptionGroup var settings: SettingFlags

    func run() async throws {
        let report = await Checks(isLive: live, isOffline: offline).run(settings.sources)
        for finding in report.findings { print(json ? finding.json : finding.line) }
        let (failures, warnings) = (report.count(.failure), report.count(.warning))
        if !json {
            let failed = UserCommand.count(failures, "failure")
            print("\(failed), \(UserCommand.count(warnings, "warning")), \(report.count(.ok)) ok.")
        }
        if failures > 0 { throw ExitCode(1) }
        if strict, warnings > 0 { throw ExitCode(2) }
    }
}

extension CheckFinding {
    fileprivate var line: String { "\(severity.rawValue.padded(to: 4))  \(name): \(text)".shown }

    fileprivate var json: String {
        var json = JSONWriter()
        json.object { json in
            json.member("status", severity.rawValue.lowercased())
            json.member("check", name)
            json.member("text", text)
        }
        return String(decoding: VisibleText.escaped(json.bytes), as: UTF8.self)
    }
}
