import Basics
import FoundationEssentials
import Glibc
import Storage
import TestSupport
import Testing

@testable import Latchkey

@Suite struct ChecksTests {
    private let secret = "q7m2xk9v4tz8b3nw6hc5rj1ydp0sfgle"

    private func report(_ directory: String, _ changes: [String: String] = [:]) async -> CheckReport {
        var environment = [
            "LATCHKEY_ASSETS": packageRoot, "LATCHKEY_DATA": directory + "/data", "PORT": "0", "BCRYPT_COST": "4",
            "BETTER_AUTH_SECRET": secret,
        ]
        environment.merge(changes) { $1 }
        return await Checks(isOffline: true).run { SettingSources(environment: environment) }
    }

    private func makeDatabase(in directory: String) throws {
        try FileSystem.makeDirectory(directory + "/data")
        try DatabaseURL.sqlite(path: directory + "/data/latchkey.db").open(for: .command).close()
    }

    @Test func `an empty data directory passes, and stays empty`() async throws {
        try await withTemporaryDirectory { directory in
            let report = await report(directory)
            #expect(report.count(.failure) == 0, "\(report.findings)")
            #expect(
                report["data directory"]
                    == .init(
                        severity: .ok, name: "data directory",
                        text: "\(directory)/data is not there yet; the start makes it."))
            #expect(report["database"]?.severity == .ok)
            let names = try FileSystem.names(in: directory)
            #expect(names == [])
        }
    }

    @Test func `errors in settings have the same messages as at the start`() async throws {
        try await withTemporaryDirectory { directory in
            let report = await report(
                directory, ["LATCHKEY_ENV": "production", "BETTER_AUTH_SECRET": "short", "PORT": "many"])
            let texts = report.findings.map(\.text)
            #expect(report.count(.failure) == report.findings.count && report.findings.count >= 3)
            #expect(texts.contains { $0.hasPrefix("BETTER_AUTH_SECRET must have at least 32 characters.") })
            #expect(texts.contains { $0.hasPrefix("PORT is 'many', but must be") })
            #expect(texts.contains { $0.hasPrefix("LATCHKEY_URL not set.") })
        }
    }

    @Test func `an intact database of this secret passes, and nothing is left beside it`() async throws {
        try await withTemporaryDirectory { directory in
            try makeDatabase(in: directory)
            let before = try FileSystem.names(in: directory + "/data").sorted()
            let report = await report(directory)
            #expect(report.count(.failure) == 0, "\(report.findings)")
            #expect(report["database"]?.text.hasSuffix("is whole: 0 users, 0 tasks, \(size(directory)).") == true)
            #expect(report["schema"]?.text == "\(Migrations.latestVersion)")
            let after = try FileSystem.names(in: directory + "/data").sorted()
            #expect(after == before)
        }
    }

    private func size(_ directory: String) -> String {
        ByteCount.text((try? FileSystem.size(of: directory + "/data/latchkey.db")) ?? 0)
    }

    @Test func `a file that is not a database, or damaged, fails`() async throws {
        try await withTemporaryDirectory { directory in
            try FileSystem.makeDirectory(directory + "/data")
            try FileSystem.write(Array("no database at all, but some text".utf8), to: directory + "/data/latchkey.db")
            let report = await report(directory)
            #expect(report["database"]?.severity == .failure)
            #expect(report["database"]?.text.contains("not an SQLite database") == true, "\(report.findings)")
        }
    }

    @Test func `a newer schema fails`() async throws {
        try await withTemporaryDirectory { directory in
            try makeDatabase(in: directory)
            let database = try DatabaseURL.sqlite(path: directory + "/data/latchkey.db").open(for: .command)
            try await database.write {
                _ = try $0.execute("INSERT INTO schema_migrations (version, name, applied_at) VALUES (9999, 'x', 0)")
            }
            database.close()
            let report = await report(directory)
            #expect(report["schema"]?.severity == .failure)
            #expect(report["schema"]?.text.contains("newer Latchkey (schema 9999") == true)
        }
    }

    @Test func `files that others can read cause a warning with the command that fixes it`() async throws {
        try await withTemporaryDirectory { directory in
            try makeDatabase(in: directory)
            chmod(directory + "/data/latchkey.db", 0o644)
            let file = directory + "/secret-file"
            try FileSystem.write(Array(secret.utf8), to: file)
            chmod(file, 0o644)
            let report = await report(directory, ["BETTER_AUTH_SECRET": "", "BETTER_AUTH_SECRET_FILE": file])
            #expect(report["permissions"]?.severity == .warning)
            #expect(report["permissions"]?.text.hasSuffix("chmod go= \(directory)/data/latchkey.db") == true)
            #expect(report["secrets"]?.text.hasSuffix("chmod o= \(file)") == true)
            #expect(report.count(.failure) == 0)
        }
    }

    @Test func `no finding contains a secret`() async throws {
        try await withTemporaryDirectory { directory in
            try makeDatabase(in: directory)
            for changes in [[:], ["SMTP_URL": "smtp://user:pass-word@127.0.0.1:1", "MAIL_FROM": "a@example.com"]] {
                let report = await report(directory, changes)
                #expect(!report.findings.contains { $0.text.contains(secret) || $0.text.contains("pass-word") })
            }
        }
    }

    @Test func `a time is milliseconds with two digits`() {
        #expect(Duration.microseconds(164).shownMilliseconds == "0.16 ms")
        #expect(Duration.microseconds(20_095).shownMilliseconds == "20.10 ms")
        #expect(Duration.seconds(2).shownMilliseconds == "2000.00 ms")
    }
}

extension CheckReport {
    /// The first finding of this name.
    fileprivate subscript(name: String) -> CheckFinding? { findings.first { $0.name == name } }
}
