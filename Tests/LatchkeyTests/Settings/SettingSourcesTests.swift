import Basics
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import Latchkey

@Suite struct SettingSourcesTests {
    @Test func `flags come before the environment, and that before dot-env`() throws {
        var sources = SettingSources(
            flags: ["PORT": "1"], environment: ["PORT": "2", "HOST": "2"],
            dotEnv: ["PORT": "3", "HOST": "3", "LOG_LEVEL": "3"])
        #expect(try sources.value(Settings.port.info) == "1")
        #expect(try sources.value(Settings.host.info) == "2")
        #expect(try sources.value(Settings.logLevel.info) == "3")
        #expect(try sources.value(Settings.betterAuthURL.info) == nil)
        sources.environment["LOG_LEVEL"] = ""
        #expect(try sources.value(Settings.logLevel.info) == "3")
    }

    @Test func `reads dot-env files as people write them`() throws {
        let values = try SettingSources.parse(
            dotEnv: "# comment\r\n\r\nA=1\nexport B = two words # tail\nC=\"x # y\"\nD='q'\nE=\nF=a=b\nG=p#w")
        #expect(
            values == ["A": "1", "B": "two words", "C": "x # y", "D": "q", "E": "", "F": "a=b", "G": "p#w"])
        let error = #expect(throws: SettingSources.Problem.self) { try SettingSources.parse(dotEnv: "A=1\nnonsense") }
        #expect(error?.description == ".env, line 2: NAME=value is expected here.")
        for broken in ["A=\"open", "A=\"0\"junk", "A='x'y", "=x", " = x"] {
            #expect(throws: SettingSources.Problem.self) { try SettingSources.parse(dotEnv: broken) }
        }
        #expect(try SettingSources.parse(dotEnv: "A=\"x\" # tail") == ["A": "x"])
    }

    @Test(.timeLimit(.minutes(1))) func `a secret never comes out of a file without an end`() async throws {
        try await withTemporaryDirectory { directory in
            let pipe = directory + "/pipe"
            #expect(mkfifo(pipe, 0o600) == 0)
            let large = directory + "/large"
            try Data(repeating: 0x61, count: 2 << 20).write(to: URL(fileURLWithPath: large))
            for path in [pipe, "/dev/zero", large] {
                #expect(throws: SettingSources.Problem.self) {
                    try SettingSources(environment: ["BETTER_AUTH_SECRET_FILE": path]).value(Settings.secret.info)
                }
            }
        }
    }

    @Test func `a secret may lie in a file`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/secret"
            try Data("from-the-file\n".utf8).write(to: URL(fileURLWithPath: path))
            #expect(
                try SettingSources(environment: ["BETTER_AUTH_SECRET_FILE": path]).value(Settings.secret.info)
                    == "from-the-file")
            for environment in [
                ["BETTER_AUTH_SECRET_FILE": path, "BETTER_AUTH_SECRET": "x"], ["BETTER_AUTH_SECRET_FILE": "/nowhere"],
            ] {
                #expect(throws: SettingSources.Problem.self) {
                    try SettingSources(environment: environment).value(Settings.secret.info)
                }
            }
        }
    }

    @Test func `a generated secret is stored, readable by its owner alone`() async throws {
        try await withTemporaryDirectory { directory in
            let first = try SecretFile.secret(in: directory)
            #expect(first.utf8.count >= 32)
            #expect(try SecretFile.secret(in: directory) == first)
            let mode = try FileManager.default.attributesOfItem(atPath: directory + "/secret")[.posixPermissions]
            #expect(mode as? Int == 0o600)
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["secret"])

            try Data("short".utf8).write(to: URL(fileURLWithPath: directory + "/secret"))
            #expect(throws: SecretFile.AccessError.self) { try SecretFile.secret(in: directory) }
        }
    }
}
