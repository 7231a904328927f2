import Basics
import FoundationEssentials
import TestSupport

@testable import Latchkey
@testable import Storage

/// A directory with files of another system, and a place for our data, which does not exist yet.
struct ImportScene {
    enum System { case fastAPI, betterAuth }

    let directory: String
    var file: String { directory + "/other.db" }
    var database: String { directory + "/data/latchkey.db" }

    func makeFile(_ statements: [String]) throws {
        try? FileManager.default.removeItem(atPath: file)
        let connection = try SQLiteConnection(path: file, mode: .readWrite, busyTimeout: 0)
        try connection.useWriteAheadLog()
        for statement in statements { try connection.execute(SQL(stringLiteral: statement)) }
        connection.close()
    }

    func makeFile(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: directory + "/" + name))
    }

    func draft(_ system: System, _ path: String? = nil) throws -> ImportDraft {
        let file = ImportFile(path: path ?? file)
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        return switch system {
        case .fastAPI: try FastAPIImport(now: now).draft(of: file)
        case .betterAuth: try BetterAuthImport(now: now, secrets: BetterAuthSecrets([])).draft(of: file)
        }
    }

    func importer(skipsBadRows: Bool = false) throws -> Importer {
        let sources = SettingSources(flags: ["LATCHKEY_DATA": directory + "/data"])
        return Importer(place: try Configuration.DataPlace(sources), skipsBadRows: skipsBadRows)
    }

    func run(_ system: System, _ path: String? = nil, skipsBadRows: Bool = false) async throws -> ImportPlan {
        try await importer(skipsBadRows: skipsBadRows).run(try draft(system, path))
    }

    func query(_ sql: SQL) async throws -> [String] {
        let database = try SQLiteDatabase(path: database)
        defer { database.close() }
        return try await database.read { try $0.rows(sql) { $0.text(0) } }
    }

    func execute(_ sql: SQL) async throws {
        let database = try SQLiteDatabase(path: database)
        defer { database.close() }
        try await database.write { _ = try $0.execute(sql) }
    }

    func counts() async throws -> [String] {
        guard FileManager.default.fileExists(atPath: database) else { return ["0", "0"] }
        return try await query(
            "SELECT COUNT(*) FROM users UNION ALL SELECT COUNT(*) FROM tasks WHERE deleted_at = 0")
    }

    static func with(_ work: (ImportScene) async throws -> Void) async throws {
        try await withTemporaryDirectory { try await work(ImportScene(directory: $0)) }
    }
}
