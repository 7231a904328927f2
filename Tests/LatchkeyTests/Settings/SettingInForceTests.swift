import TestSupport
import Testing

@testable import Latchkey

@Suite struct SettingInForceTests {
    @Test func `a value comes with its source, a flag before the environment before the file`() {
        var sources = SettingSources(
            flags: ["HOST": "::"], environment: ["HOST": "localhost", "PORT": "8001"],
            dotEnv: ["PORT": "8002", "BCRYPT_COST": "11"])
        func shown(_ info: SettingInfo) -> [String] {
            let setting = SettingInForce(info, sources)
            return [setting.shownValue, setting.shownOrigin]
        }
        #expect(shown(Settings.host.info) == ["::", "flag"])
        #expect(shown(Settings.port.info) == ["8001", "environment"])
        #expect(shown(Settings.bcryptCost.info) == ["11", ".env"])
        #expect(shown(Settings.logLevel.info) == ["info", "default"])
        sources.environment["PORT"] = ""
        #expect(shown(Settings.port.info) == ["8002", ".env"])
    }

    @Test func `a secret is never shown, wherever it is from`() async throws {
        try await withTemporaryDirectory { directory in
            let missing = directory + "/missing"
            for (environment, value, origin) in [
                (["SMTP_PASSWORD": "pass-word"], "(hidden)", "environment"),
                (["SMTP_PASSWORD_FILE": "/dev/null"], "(hidden)", "/dev/null"),
                (["SMTP_PASSWORD_FILE": missing], "unreadable", "default"), ([:], "none", "default"),
            ] {
                let setting = SettingInForce(Settings.onceMailPassword.info, SettingSources(environment: environment))
                #expect([setting.shownValue, setting.shownOrigin] == [value, origin])
                #expect(setting.value == nil)
            }
        }
    }

    @Test func `ONCE's names count where ours are missing`() throws {
        let own = "q7m2xk9v4tz8b3nw6hc5rj1ydp0sfgle"
        let other = "0f3ak2mz7qx9v4tb8nw6hc5rj1ydpsgl"
        func configuration(_ environment: [String: String]) throws -> Configuration {
            try Configuration(
                SettingSources(environment: environment.merging(["LATCHKEY_ASSETS": packageRoot]) { own, _ in own }))
        }
        #expect(try configuration(["SECRET_KEY_BASE": other]).secret == other)
        #expect(try configuration(["SECRET_KEY_BASE": other, "BETTER_AUTH_SECRET": own]).secret == own)
        let production = ["LATCHKEY_ENV": "production", "SECRET_KEY_BASE": other]
        #expect(throws: SettingProblems.self) { try configuration(production) }
        #expect(try configuration(production.merging(["DISABLE_SSL": "true"]) { $1 }).isProduction)
    }
}
