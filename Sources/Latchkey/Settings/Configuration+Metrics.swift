import Auth
import Basics

/// The ways to the metrics: a port of their own, a token on the public one.
struct MetricsSettings: Sendable {
    /// Nil for no port of their own.
    var port: Int?
    var host = Settings.metricsHost.standard
    /// Nil to serve none on the public port.
    var token: String?

    var areServed: Bool { port != nil || token != nil }
}

extension Configuration {
    mutating func readMetrics(_ reader: inout SettingReader) {
        metrics.port = reader.read(Settings.metricsPort)
        metrics.host = reader.read(Settings.metricsHost)
        metrics.token = reader.read(Settings.metricsToken)
        if let port = metrics.port {
            for (other, setting) in [(self.port, Settings.port.name), (redirectPort, Settings.redirectPort.name)]
            where port != 0 && other == port {
                reader.problems.append(
                    "\(Settings.metricsPort.name) and \(setting) are both \(port), but need a port each.")
            }
            if !IPAddress.isLoopback(host: metrics.host) {
                warnings.append(
                    "\(Settings.metricsHost.name) is '\(metrics.host)', so other machines that reach \(Settings.metricsPort.name) read the metrics without a token."
                )
            }
        }
        if let token = metrics.token { check(token, &reader) }
    }

    private mutating func check(_ token: String, _ reader: inout SettingReader) {
        let name = Settings.metricsToken.name
        let advice = "Make one with: openssl rand -base64 32"
        if token.utf8.count < SecretRule.minimumLength {
            reader.problems.append(
                "\(name) must have at least \(SecretRule.minimumLength) characters. \(advice)")
        } else if !token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            reader.problems.append("\(name) must consist of ASCII characters without spaces. \(advice)")
        } else if token == secret {
            reader.problems.append("\(name) must not be \(Settings.secret.name): its readers could sign tokens.")
        } else if let weakness = SecretRule.weakness(of: token.utf8) {
            let sentence = "\(name) \(weakness.clause) \(advice)"
            if isProduction { reader.problems.append(sentence) } else { warnings.append(sentence) }
        }
    }
}
