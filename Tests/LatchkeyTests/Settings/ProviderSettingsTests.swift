import Auth
import FoundationEssentials
import TestSupport
import Testing

@testable import Latchkey

/// The settings of sign-in providers.
@Suite struct ProviderSettingsTests {
    private static let least = ["OIDC_GOOGLE_ISSUER": "https://accounts.example", "OIDC_GOOGLE_CLIENT_ID": "web"]

    private func read(_ environment: [String: String]) throws -> Configuration {
        let rest = ["LATCHKEY_ASSETS": packageRoot, "BETTER_AUTH_SECRET": "q7m2xk9v4tz8b3nw6hc5rj1ydp0sfgle"]
        return try Configuration(SettingSources(environment: rest.merging(environment) { $1 }))
    }

    private func problems(_ environment: [String: String]) -> [String] {
        do { _ = try read(environment) } catch { return (error as? SettingProblems)?.all ?? ["\(error)"] }
        return []
    }

    @Test func `issuer and client id are enough`() throws {
        let providers = try read(Self.least).providers
        #expect(
            providers == [
                SignInProvider(
                    name: "google", label: "Google", issuer: "https://accounts.example", clientID: "web",
                    clientSecret: nil)
            ])
        #expect(providers[0].scopes == ["openid", "email", "profile"])
        #expect(providers[0].callbackPath == "/api/auth/callback/google")
        #expect(try read([:]).providers.isEmpty)
    }

    @Test func `the rest is read, and a secret from its file`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/secret"
            try Data("s3cret\n".utf8).write(to: URL(fileURLWithPath: path))
            let provider = try read(
                Self.least.merging([
                    "OIDC_GOOGLE_CLIENT_SECRET_FILE": path, "OIDC_GOOGLE_SCOPES": "email, offline_access",
                    "OIDC_GOOGLE_LABEL": "Our club",
                ]) { $1 }
            ).providers[0]
            #expect(provider.clientSecret == "s3cret" && provider.label == "Our club")
            #expect(provider.scopes == ["openid", "email", "offline_access"])
        }
    }

    @Test(arguments: [
        (["OIDC_GOOGLE_ISSUER": ""], "OIDC_GOOGLE: the issuer is missing."),
        (["OIDC_GOOGLE_CLIENT_ID": ""], "OIDC_GOOGLE: the client id is missing."),
        (["OIDC_GOOGLE_CLIENT_ID": "a b"], "OIDC_GOOGLE: the client id must consist of visible ASCII characters."),
        (["OIDC_GOOGLE_ISSUER": "accounts.example"], "OIDC_GOOGLE: the issuer must be an https URL"),
        (["OIDC_GOOGLE_ISSUER": "https://a.example?x"], "OIDC_GOOGLE: the issuer must be an https URL"),
        (["OIDC_GOOGLE_ISSUER": "http://a.example"], "OIDC_GOOGLE: the issuer must begin with https"),
        (["OIDC_GOOGLE_SCOPES": ","], "OIDC_GOOGLE: the scopes must be words"),
        (["OIDC_GOOGLE_LABEL": String(repeating: "x", count: 61)], "OIDC_GOOGLE: the label must be a text"),
        (
            ["OIDC_CREDENTIAL_ISSUER": "https://b.example", "OIDC_CREDENTIAL_CLIENT_ID": "x"],
            "OIDC_CREDENTIAL: the name credential means passwords"
        ),
        (["OIDC_Ä_ISSUER": "https://b.example", "OIDC_Ä_CLIENT_ID": "x"], "OIDC_Ä: the name must be"),
        (
            ["OIDC_B_ISSUER": "https://accounts.example", "OIDC_B_CLIENT_ID": "x"],
            "The sign-in providers b and google have the same issuer; keep one."
        ),
        (
            ["LATCHKEY_URL": "https://accounts.example"],
            "The issuer of the sign-in provider google is this server itself."
        ),
        (["OIDC_PROVIDERS_FILE": "/nowhere"], "OIDC_PROVIDERS_FILE: /nowhere cannot be read."),
    ])
    func `each mistake is a sentence`(change: [String: String], sentence: String) {
        let found = problems(Self.least.merging(change) { $1 })
        #expect(found.count == 1 && found[0].hasPrefix(sentence), "\(found)")
    }

    @Test func `a provider without OpenID Connect is named by its type`() throws {
        let gitHub = ["OIDC_CODE_TYPE": "github", "OIDC_CODE_CLIENT_ID": "Iv1.x", "OIDC_CODE_CLIENT_SECRET": "s3cret"]
        #expect(
            try read(gitHub).providers == [
                SignInProvider(
                    name: "code", label: "GitHub", issuer: "https://github.com", clientID: "Iv1.x",
                    clientSecret: "s3cret", scopes: ["read:user", "user:email"], kind: .gitHub)
            ])
        let own = gitHub.merging(["OIDC_CODE_ISSUER": "https://code.example.org", "OIDC_CODE_SCOPES": "user"]) { $1 }
        let provider = try read(own).providers[0]
        #expect(provider.issuer == "https://code.example.org" && provider.scopes == ["user"])
        #expect(
            problems(gitHub.merging(["OIDC_CODE_CLIENT_SECRET": ""]) { $1 })[0].contains("client secret is missing"))
        let unknown = problems(gitHub.merging(["OIDC_CODE_TYPE": "gitlab"]) { $1 })
        #expect(unknown == [#"OIDC_CODE: the type "gitlab" is unknown; there are oidc, github, discord."#])
    }

    @Test func `plain HTTP is for this machine, in development`() throws {
        let local = Self.least.merging(["OIDC_GOOGLE_ISSUER": "http://localhost:9400/o"]) { $1 }
        #expect(try read(local).providers[0].issuer == "http://localhost:9400/o")
        let production = local.merging(["LATCHKEY_ENV": "production", "LATCHKEY_URL": "https://tasks.example"]) { $1 }
        #expect(problems(production).contains { $0.contains("must begin with https") })
    }

    @Test func `each provider has rows of its own among the settings in force`() {
        let club = ["OIDC_CLUB_CLIENT_ID": "web", "OIDC_CLUB_CLIENT_SECRET": "s3cret"]
        let sources = SettingSources(environment: Self.least.merging(club) { $1 })
        let settings = sources.settings.map { SettingInForce($0, sources) }
            .filter { $0.info.name.hasPrefix("OIDC_") && $0.origin != nil }
        #expect(
            settings.map(\.info.name) == [
                "OIDC_CLUB_CLIENT_ID", "OIDC_CLUB_CLIENT_SECRET", "OIDC_GOOGLE_ISSUER", "OIDC_GOOGLE_CLIENT_ID",
            ])
        #expect(
            settings.map(\.shownValue) == ["web", "(hidden)", "https://accounts.example", "web"])
        #expect(sources.settings.count == Settings.all.count + ProviderSettings.pattern.count)
        #expect(SettingSources().settings.map(\.name) == Settings.all.map(\.name))
    }

    @Test func `passwords are turned off only where a provider signs in`() throws {
        #expect(problems(["PASSWORD_SIGN_IN": "off"]).first?.contains("no one could sign in") == true)
        #expect(try read(Self.least.merging(["PASSWORD_SIGN_IN": "off"]) { $1 }).allowsPasswordSignIn == false)
        #expect(try read([:]).allowsPasswordSignIn)
    }

    @Test func `a name that looks like one of these settings is a warning`() throws {
        let warnings = try read(Self.least.merging(["OIDC_GOOGLE_CLIENTID": "x"]) { $1 }).warnings
        #expect(
            warnings.contains { $0.hasPrefix("OIDC_GOOGLE_CLIENTID is not a setting; those of a sign-in provider are") }
        )
    }

    @Test func `a file holds providers, too`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/providers.json"
            func read(_ text: String) throws -> [String] {
                try Data(text.utf8).write(to: URL(fileURLWithPath: path))
                return problems(["OIDC_PROVIDERS_FILE": path])
            }
            let good = #"{"name":"club","issuer":"https://club.example/realms/x/","client_id":"a","scopes":"email"}"#
            #expect(try read("[\(good)]").isEmpty)
            #expect(
                try self.read(["OIDC_PROVIDERS_FILE": path]).providers[0].issuer == "https://club.example/realms/x/")
            for (text, sentence) in [
                ("{}", "must hold an array"), ("[1]", "entry 1: an object"), ("[{}]", "entry 1: name is missing."),
                (#"[{"name":"x","colour":"red"}]"#, "\"colour\" is unknown"),
                (#"[{"name":""}]"#, "name must be a text that is not empty."),
                (#"[{"name":"x","issuer":"https://a.example"}]"#, "entry 1: the client id is missing."),
                ("[\(good),\(good)]", "club is configured twice"),
                (
                    #"[{"name":"x","client_secret":"a","client_secret_file":"b"}]"#,
                    "client_secret and client_secret_file are both there; keep one."
                ),
            ] {
                let found = try read(text)
                #expect(found.count == 1 && found[0].contains(sentence), "\(found)")
            }
        }
    }
}
