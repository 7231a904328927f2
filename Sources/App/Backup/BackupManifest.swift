import Basics
import JSON
import Storage

/// The description of a backup, in a file beside it.
package struct BackupManifest: Sendable, Equatable {
    /// The program that made it.
    package let version: String
    package let schema: Int64
    /// The kind of the database that it was made of.
    package let database: String
    package let createdAt: Timestamp
    package let bytes: Int64
    /// Of the file, in hexadecimal.
    package let sha256: String
    /// Rows by table.
    package let counts: [String: Int]
    /// The MAC that identifies the secret which the database is used with; nil for a database without one.
    package let secretCheck: String?

    /// The version of this format.
    private static let format: Int64 = 1

    package var json: [UInt8] {
        var json = JSONWriter()
        write(to: &json)
        return json.bytes + [0x0A]
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("format", Self.format)
            json.member("program", "latchkey")
            json.member("version", version)
            json.member("schema", schema)
            json.member("database", database)
            json.member("sqlite", SQLiteFile.libraryVersion)
            json.member("created_at", createdAt.rfc3339)
            json.member("bytes", bytes)
            json.member("sha256", sha256)
            json.name("counts")
            json.object { json in
                for (table, count) in counts.sorted(by: { $0.key < $1.key }) {
                    json.member(dynamic: table, Int64(count))
                }
            }
            json.member("secret_check", secretCheck)
        }
    }

    package init(
        version: String, database: String, createdAt: Timestamp, bytes: Int64, sha256: String,
        _ inspection: DatabaseInspection
    ) {
        (self.version, self.database, self.createdAt) = (version, database, createdAt)
        (self.bytes, self.sha256) = (bytes, sha256)
        (schema, counts, secretCheck) = (inspection.schema, inspection.counts, inspection.evidence.code)
    }

    /// - Parameter time: the one in the name of the backup.
    /// - Returns: nil for anything else than a manifest of this format.
    init?(json bytes: [UInt8], at time: Timestamp) {
        guard case .object(let object)? = try? JSONReader.read(bytes), object["format"] == .integer(Self.format),
            case .string(let version)? = object["version"], case .integer(let schema)? = object["schema"],
            case .string(let database)? = object["database"], case .integer(let size)? = object["bytes"],
            case .string(let sha256)? = object["sha256"], case .object(let counts)? = object["counts"]
        else { return nil }
        (self.version, self.schema, self.database, self.sha256) = (version, schema, database, sha256)
        (createdAt, self.bytes) = (time, size)
        var rows: [String: Int] = [:]
        for case (let table, .integer(let count)) in counts.members { rows[table] = Int(clamping: count) }
        self.counts = rows
        if case .string(let code)? = object["secret_check"] { secretCheck = code } else { secretCheck = nil }
    }
}
