import ArgumentParser
import JSON

/// The command for a container's HEALTHCHECK, as an image without curl cannot use that. Prints its finding, which such
/// checks keep.
struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Ask a running server on this machine whether it can serve; exit 0 if so.")

    @OptionGroup var settings: SettingFlags

    func run() async throws {
        var reader = SettingReader(try settings.sources())
        let probes = ServerProbe.all(
            host: reader.read(Settings.host), port: reader.read(Settings.port),
            isHTTPS: reader.read(Settings.certificate) != nil)
        guard reader.problems.isEmpty else { throw ValidationError(reader.problems.joined(separator: "\n")) }
        var complaints: [String] = []
        for probe in probes {
            switch await probe.ask("/ready") {
            case .answer(200, _):
                print("\(probe.address) is ready.")
                return
            case .answer(let status, let problem):
                // The sentence of a problem document (RFC 9457).
                let detail = problem.text("detail") ?? "no reason was given."
                print("\(probe.address) is not ready: \(detail) (\(status))")
                throw ExitCode(1)
            case .silence(let reason): complaints.append("Nothing answers at \(probe.address): \(reason).")
            }
        }
        print(complaints.joined(separator: " "), "Does the server run, with this HOST and PORT?")
        throw ExitCode(1)
    }
}
