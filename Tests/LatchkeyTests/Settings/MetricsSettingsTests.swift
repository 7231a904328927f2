import TestSupport
import Testing

@testable import Latchkey

@Suite struct MetricsSettingsTests {
    private let token = "metrics-q7m2xk9v4tz8b3nw6hc5rj1ydp0sfgle"

    private func read(_ environment: [String: String]) throws -> Configuration {
        try Configuration(
            SettingSources(environment: environment.merging(["LATCHKEY_ASSETS": packageRoot]) { own, _ in own }))
    }

    private func problems(_ environment: [String: String]) -> [String] {
        do { _ = try read(environment) } catch { return (error as? SettingProblems)?.all ?? ["\(error)"] }
        return []
    }

    @Test func `metrics are off by default, and served on this machine only unless configured`() throws {
        #expect(try !read([:]).metrics.areServed)
        let metrics = try read(["METRICS_PORT": "9464"]).metrics
        #expect(metrics.areServed)
        #expect(metrics.port == 9464)
        #expect(metrics.host == "127.0.0.1")
        #expect(try read(["METRICS_TOKEN": token]).metrics.areServed)
    }

    @Test func `a metrics port that others can reach causes a warning`() throws {
        let settings = ["METRICS_PORT": "9464", "METRICS_HOST": "0.0.0.0"]
        #expect(try read(settings).warnings.contains { $0.hasPrefix("METRICS_HOST is '0.0.0.0'") })
        #expect(
            try !read(["METRICS_PORT": "9464", "METRICS_HOST": "::1"]).warnings.contains { $0.contains("METRICS") })
        #expect(try !read(["METRICS_HOST": "0.0.0.0"]).warnings.contains { $0.contains("METRICS") })
    }

    @Test func `a token that could be guessed is refused without being shown`() throws {
        for (wrong, reason) in [
            ("0123456789abcdef", "at least 32 characters"), ("metrics q7m2xk9v4tz8b3nw6hc5rj1ydp0sf", "without spaces"),
            ("q7m2xk9v4tz8b3nw6hc5rj1ydp0sfglé", "ASCII"),
        ] {
            let found = problems(["METRICS_TOKEN": wrong])
            #expect(found.count == 1 && found.first?.contains(reason) == true, "\(found)")
            #expect(found.first?.contains(wrong) == false)
        }
        let weak = String(repeating: "ab", count: 20)
        #expect(try read(["METRICS_TOKEN": weak]).warnings.contains { $0.hasPrefix("METRICS_TOKEN repeats") })
        let production = [
            "LATCHKEY_ENV": "production", "BETTER_AUTH_SECRET": "q7m2xk9v4tz8b3nw6hc5rj1ydp0sfgle",
            "LATCHKEY_URL": "https://tasks.example.com",
        ]
        #expect(problems(production.merging(["METRICS_TOKEN": weak]) { $1 }).first?.contains("METRICS_TOKEN") == true)
        #expect(
            problems(["METRICS_TOKEN": token, "BETTER_AUTH_SECRET": token])
                == ["METRICS_TOKEN must not be BETTER_AUTH_SECRET: its readers could sign tokens."])
    }

    @Test func `the metrics' port must differ from the others`() {
        #expect(
            problems(["PORT": "9464", "METRICS_PORT": "9464"])
                == ["METRICS_PORT and PORT are both 9464, but need a port each."])
        #expect(problems(["PORT": "0", "METRICS_PORT": "0"]).isEmpty)
        #expect(problems(["METRICS_PORT": "ninety"]).count == 1)
    }
}
