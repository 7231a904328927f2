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
        await checkPasswords(&report)
    }

    private func checkPasswords(_ report: inout CheckReport) async {
        do {
            let time = try await timePassword()
            let text =
                "\(time.shownMilliseconds) each on one core, at \(Settings.bcryptCost.name) \(configuration.bcryptCost)"
            if time > .seconds(1) {
                report.warn(
                    "passwords", "\(text). A sign-in waits for it; lower the setting, or use a faster machine.")
            } else {
                report.ok("passwords", text)
            }
        } catch {
            report.fail("passwords", "\(error)")
        }
    }

    /// The shortest of a few times, as the machine may be busy with something else.
    private func timePassword() async throws -> Duration {
        let hasher = try PasswordHasher(cost: configuration.bcryptCost, threads: 1)
        defer { hasher.shutDown() }
        var shortest = Duration.seconds(60)
        for _ in 0..<3 where shortest > .milliseconds(500) {
            let start = ContinuousClock.now
            _ = try await hasher.verify("a password for the check", against: nil)
            shortest = min(shortest, .now - start)
        }
        return shortest
    }
}
