import Auth
import Basics
import Calendar

/// The machine: descriptors, memory, time zones, and how long a password takes.
struct SystemChecks {
    let configuration: Configuration

    func run(_ report: inout CheckReport) async {
        let now = Timestamp.now()
        if let warning = TimeZoneDatabase.system.warning(at: now) {
            report.warn("time zones", warning)
        } else {
            report.ok("time zones", "up to date")
        }
        let (files, wanted) = (SystemLimits.files, configuration.maximumConnections + 64)
        if files < wanted {
            report.warn(
                "open files",
                "\(files) are allowed, and \(Settings.maximumConnections.name) needs \(wanted). Raise the limit (LimitNOFILE=), or lower the setting."
            )
        } else {
            report.ok("open files", "\(files)")
        }
        if let memory = SystemLimits.memory, memory < 128 << 20 {
            report.warn("memory", "\(ByteCount.text(memory)) are allowed, and 128 MB are needed at a busy time.")
        }
        await report.attempt("passwords") { try await timePassword() }
    }

    private func timePassword() async throws -> String {
        let hasher = try PasswordHasher(cost: configuration.bcryptCost, threads: 1)
        defer { hasher.shutDown() }
        let clock = ContinuousClock()
        let start = clock.now
        _ = try await hasher.verify("a password for the check", against: nil)
        let time = clock.now - start
        let text =
            "\(time.shownMilliseconds) each on one core, at \(Settings.bcryptCost.name) \(configuration.bcryptCost)"
        guard time > .seconds(1) else { return text }
        throw CommandFailure("\(text). A sign-in waits for it; lower the setting, or use a faster machine.")
    }
}
