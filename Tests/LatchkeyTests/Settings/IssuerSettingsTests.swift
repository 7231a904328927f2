import Auth
import FoundationEssentials
import TestSupport
import Testing

@testable import Latchkey

/// The settings that say whose tokens are accepted.
@Suite struct IssuerSettingsTests {
    private func read(_ environment: [String: String]) throws -> [TrustedIssuer] {
        let rest = ["LATCHKEY_ASSETS": packageRoot, "BETTER_AUTH_SECRET": "q7m2xk9v4tz8b3nw6hc5rj1ydp0sfgle"]
        return try Configuration(SettingSources(environment: rest.merging(environment) { $1 })).issuers
    }

    private func problems(_ environment: [String: String]) -> [String] {
        do { _ = try read(environment) } catch { return (error as? SettingProblems)?.all ?? ["\(error)"] }
        return []
    }

    /// Reads a file of records.
    private func withFile<Value>(_ text: String, _ work: ([String: String]) throws -> Value) async throws -> Value {
        try await withTemporaryDirectory { directory in
            let path = directory + "/issuers.json"
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            return try work(["TRUSTED_ISSUERS_FILE": path])
        }
    }

    @Test func `without settings there is no issuer`() throws { #expect(try read([:]).isEmpty) }

    @Test func `the seeds' set-up is one issuer at its address, its audience not checked`() throws {
        let issuers = try read(["BETTER_AUTH_URL": "http://localhost:3000/"])
        #expect(issuers == [TrustedIssuer(address: "http://localhost:3000")])
        #expect(issuers.first?.issuerTexts == ["http://localhost:3000"])
        #expect(issuers.first?.audience == nil && issuers.first?.allowsMissingIssuer == true)
        #expect(try read(["BETTER_AUTH_URL": "http://localhost:8000"]).isEmpty, "That is this server.")
    }

    @Test func `addresses are issuers, with their final slash or without`() throws {
        let issuers = try read(["TRUSTED_ISSUERS": "https://a.example/ , https://b.example/realms/x"])
        #expect(
            issuers.map(\.issuerTexts) == [
                ["https://a.example/", "https://a.example"], ["https://b.example/realms/x"],
            ])
        #expect(issuers.map(\.namespace) == ["https://a.example", "https://b.example/realms/x"])
        let twice = try read([
            "BETTER_AUTH_URL": "https://a.example", "TRUSTED_ISSUERS": "https://a.example/",
            "LATCHKEY_URL": "https://tasks.example",
        ])
        #expect(twice.count == 1 && twice[0].issuerTexts.contains("https://a.example/"))
        for wrong in [
            "a.example", "ftp://a.example", "https://", "https://u@a.example", "https://a.example:0",
            "https://a.example:65536",
        ] {
            #expect(problems(["TRUSTED_ISSUERS": wrong]).count == 1, "\(wrong)")
        }
    }

    @Test func `names the services that ask for a second factor themselves`() throws {
        let trusted = ["TRUSTED_ISSUERS": "https://a.example, https://b.example"]
        #expect(try read(trusted).allSatisfy { !$0.asksForSecondFactor })
        let issuers = try read(trusted.merging(["SECOND_FACTOR_TRUSTED": "https://b.example/, shared-secret"]) { $1 })
        #expect(issuers.map(\.asksForSecondFactor) == [false, true])
        for wrong in ["https://c.example", "shared secret", "https://a.example.com"] {
            let found = problems(trusted.merging(["SECOND_FACTOR_TRUSTED": wrong]) { $1 })
            #expect(found.count == 1 && found[0].contains("\(wrong) is none of the issuers"), "\(found)")
        }
    }

    @Test func `the address of a JWK Set needs an issuer unless it is the only one`() throws {
        let keySet = "https://a.example/jwks.json"
        #expect(try read(["TRUSTED_ISSUERS": keySet]).map(\.issuerTexts) == [[]])
        #expect(try read(["TRUSTED_ISSUERS": keySet, "JWT_ISSUER": "a"]).map(\.issuerTexts) == [["a"]])
        let both = ["TRUSTED_ISSUERS": "\(keySet),https://b.example"]
        #expect(problems(both).count == 1 && problems(both)[0].contains("TRUSTED_ISSUERS_FILE"))
        #expect(
            try read(both.merging(["JWT_ISSUER": "a"]) { $1 }).map(\.issuerTexts) == [["a"], ["https://b.example"]])
        let two = ["TRUSTED_ISSUERS": "\(keySet),https://b.example/jwks", "JWT_ISSUER": "a"]
        #expect(problems(two).contains { $0.contains("JWT_ISSUER is one text") })
    }

    @Test func `JWT_ISSUER is about Better Auth, or about the only issuer`() throws {
        let settings = [
            "BETTER_AUTH_URL": "http://localhost:3000", "TRUSTED_ISSUERS": "https://b.example", "JWT_ISSUER": "tasks",
        ]
        let issuers = try read(settings)
        #expect(issuers.map(\.issuerTexts) == [["tasks"], ["https://b.example"]])
        #expect(
            issuers.map(\.namespace) == ["http://localhost:3000", "https://b.example"], "Accounts stay where they are.")
        #expect(issuers.map(\.allowsMissingIssuer) == [false, true])
        #expect(problems(["TRUSTED_ISSUERS": "https://a.example,https://b.example", "JWT_ISSUER": "x"]).count == 1)
        #expect(try read(["JWT_ISSUER": "x"]).isEmpty)
    }

    @Test func `a file can contain all properties of an issuer`() async throws {
        let issuers = try await withFile(
            """
            [{"issuer": "https://a.example/", "audience": "tasks", "jwks_uri": "https://keys.a.example/v1", "namespace": "people/"},
             {"issuer": "https://b.example"}, {"issuer": "urn:c", "jwks_uri": "https://c.example/keys"}]
            """
        ) { try read($0.merging(["JWT_AUDIENCE": "everybody"]) { $1 }) }
        #expect(issuers.map(\.issuerTexts) == [["https://a.example/"], ["https://b.example"], ["urn:c"]])
        #expect(issuers.map(\.audience) == ["tasks", "everybody", "everybody"])
        #expect(
            issuers.map(\.keys) == [
                .keySet("https://keys.a.example/v1"), .service("https://b.example"), .keySet("https://c.example/keys"),
            ])
        #expect(issuers.map(\.namespace) == ["people", "https://b.example", "urn:c"])
        #expect(issuers[0].formerNamespaces == ["https://a.example", "https://keys.a.example/v1"])
    }

    @Test(arguments: [
        "", "{}", "null", #"[1]"#, #"[{}]"#, #"[{"issuer": 5}]"#, #"[{"issuer": ""}]"#, #"[{"issuer": "a"}]"#,
        #"[{"issuer": "https://a.example", "jwks_url": "https://a.example/k"}]"#,
        #"[{"issuer": "a", "jwks_uri": "file:///k"}]"#,
        #"[{"issuer": "https://a.example", "audience": ["x"]}]"#, #"[{"issuer": "https://a.example"},]"#,
        #"[{"issuer": "https://a.example"}, {"issuer": "https://a.example/"}]"#,
        #"[{"issuer": "a", "jwks_uri": "https://k.example/"}, {"issuer": "b", "jwks_uri": "https://k.example"}]"#,
    ])
    func `an invalid file is refused with its name`(text: String) async throws {
        let found = try await withFile(text) { problems($0) }
        #expect(found.count == 1 && found[0].contains("TRUSTED_ISSUERS"), "\(found)")
    }

    @Test func `a file that is not there is a problem, and so is this server as an issuer`() throws {
        #expect(
            problems(["TRUSTED_ISSUERS_FILE": "/nowhere/issuers.json"]) == [
                "TRUSTED_ISSUERS_FILE: /nowhere/issuers.json cannot be read."
            ])
        #expect(
            problems(["TRUSTED_ISSUERS": "https://tasks.example", "LATCHKEY_URL": "https://tasks.example/"]).count == 1)
    }

    @Test func `in production keys come over https, from this machine, or by explicit permission`() throws {
        let production = ["LATCHKEY_ENV": "production", "LATCHKEY_URL": "https://tasks.example"]
        for address in [
            "http://auth:3000", "http://10.0.0.5", "http://localhost.evil.example", "http://[2001:db8::1]:80",
        ] {
            let settings = production.merging(["BETTER_AUTH_URL": address]) { $1 }
            #expect(problems(settings).count == 1 && problems(settings)[0].contains("ALLOW_HTTP_ISSUERS"), "\(address)")
            #expect(problems(settings.merging(["ALLOW_HTTP_ISSUERS": "on"]) { $1 }).isEmpty)
            #expect(problems(["BETTER_AUTH_URL": address]).isEmpty, "In development it is allowed.")
        }
        for address in ["https://auth.example", "http://localhost:3000", "http://127.0.0.2", "http://[::1]:3000"] {
            #expect(problems(production.merging(["TRUSTED_ISSUERS": address]) { $1 }).isEmpty, "\(address)")
        }
        #expect(problems(["ALLOW_HTTP_ISSUERS": "perhaps"]).count == 1)
    }
}
