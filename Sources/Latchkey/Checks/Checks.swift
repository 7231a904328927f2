import App
import Basics
import Crypto
import Storage

/// Looks at what a server needs, with the start's own rules and sentences, and changes nothing.
struct Checks {
    /// True to look at a running server as well.
    var isLive = false
    /// True to ask no other machine.
    var isOffline = false

    func run(_ sources: () throws -> SettingSources) async -> CheckReport {
        var report = CheckReport()
        let read: SettingSources
        let configuration: Configuration
        do {
            read = try sources()
            configuration = try Configuration(read)
        } catch {
            let problems = (error as? SettingProblems)?.all ?? ["\(error)"]
            for problem in problems { report.fail("settings", problem) }
            return report
        }
        checkSettings(read, configuration, &report)
        let secrets = await secrets(read, configuration, &report)
        await checkAssets(configuration, &report)
        await DataChecks(configuration: configuration).run(&report)
        await DatabaseChecks(configuration: configuration, secrets: secrets, isLive: isLive).run(&report)
        BackupChecks(configuration: configuration).run(&report)
        await SystemChecks(configuration: configuration).run(&report)
        await NetworkChecks(configuration: configuration, isLive: isLive, isOffline: isOffline).run(&report)
        if isLive { await LiveChecks(configuration: configuration, isOffline: isOffline).run(&report) }
        return report
    }

    private func checkSettings(
        _ sources: SettingSources, _ configuration: Configuration, _ report: inout CheckReport
    ) {
        let settings = sources.settings.map { SettingInForce($0, sources) }
        report.ok("settings", "\(settings.count { $0.origin != nil }) set, see `latchkey settings`")
        for warning in configuration.warnings { report.warn("settings", warning) }
        if let warning = configuration.database.warning { report.warn("settings", warning) }
        for setting in settings where setting.info.isSecret {
            switch setting.origin {
            case .flag:
                report.warn(
                    "secrets",
                    "\(setting.info.name) is a flag, which every user of this machine can read. If it holds a password, put it into the environment or a file."
                )
            case .file(let path): checkRights(path, &report)
            case .dotEnv: checkRights(".env", &report)
            case .environment, nil: break
            }
        }
    }

    /// A container's secrets are readable by all of its users, of which there is one.
    private func checkRights(_ path: String, _ report: inout CheckReport) {
        guard !path.hasPrefix("/run/secrets/"), let status = try? FileStatus(path), status.permissions & 0o007 != 0,
            !report.findings.contains(where: { $0.name == "secrets" && $0.text.hasPrefix("\(path) ") })
        else { return }
        report.warn("secrets", "\(path) holds a secret, and every user of this machine can read it: chmod o= \(path)")
    }

    private func secrets(
        _ sources: SettingSources, _ configuration: Configuration, _ report: inout CheckReport
    ) async -> Secrets? {
        var secrets: Secrets?
        await report.attempt("secret") {
            secrets = try Configuration.DataPlace(sources).knownSecrets()
            if configuration.secret != nil { return "set" }
            return secrets == nil ? "none yet; the start makes one." : "in \(configuration.dataDirectory)/secret"
        }
        return secrets
    }

    private func checkAssets(_ configuration: Configuration, _ report: inout CheckReport) async {
        await report.attempt("templates and files") {
            _ = try configuration.templates()
            _ = try configuration.publicFiles()
            return configuration.assetsDirectory
        }
    }
}
