import Domain

/// A kind of table that an import reads, under either of its names.
enum ImportKind: Sendable, CaseIterable {
    case users, accounts, tasks

    var names: [String] {
        switch self {
        case .users: ["user", "users"]
        case .accounts: ["account", "accounts"]
        case .tasks: ["task", "tasks"]
        }
    }
}

/// What a column holds, whatever it is called.
enum ImportColumn: Sendable {
    case id, email, isVerified, name, image, hash, isActive, isDisabled, isBanned, banExpiry, hasSecondFactor
    case userID, provider
    case title, details, isCompleted, completedAt
    case createdAt, updatedAt

    /// The names that it goes by, in lower case and without underscores, the most usual first.
    var names: [String] {
        switch self {
        case .id: ["id"]
        case .email: ["email"]
        case .isVerified: ["emailverified", "isemailverified", "isverified"]
        case .name: ["name", "username", "displayname", "fullname"]
        case .image: ["image"]
        case .hash: ["hashedpassword", "passwordhash", "password"]
        case .isActive: ["isactive", "active"]
        case .isDisabled: ["disabled", "isdisabled"]
        case .isBanned: ["banned"]
        case .banExpiry: ["banexpires"]
        case .hasSecondFactor: ["twofactorenabled"]
        case .userID: ["userid", "ownerid"]
        case .provider: ["providerid"]
        case .title: ["title"]
        case .details: ["description", "details"]
        case .isCompleted: ["completed", "iscompleted", "done", "isdone"]
        case .completedAt: ["completedat"]
        case .createdAt: ["createdat"]
        case .updatedAt: ["updatedat"]
        }
    }
}

/// A table of another system, as text.
struct ImportTable: Sendable {
    /// How people find it: `table user` or `users.csv`.
    let name: String
    let rows: [ImportRow]
    private let header: [String]
    private let columns: [String: Int]

    /// - Parameters:
    ///   - header: the column names as they are written there.
    ///   - types: what the columns were declared as; nil where that isn't known.
    ///   - rows: a place, such as `line 7`, and as many values as there are columns.
    init(name: String, header: [String], types: [String]? = nil, rows: [(place: String, values: [String?])]) {
        self.name = name
        self.header = header
        let columns = Dictionary(
            header.enumerated().map { (Self.normalized($1), $0) }, uniquingKeysWith: { first, _ in first })
        self.columns = columns
        self.rows = rows.map {
            ImportRow(place: "\(name), \($0.place)", columns: columns, types: types, values: $0.values)
        }
    }

    func has(_ column: ImportColumn) -> Bool { column.names.contains { columns[$0] != nil } }

    /// - Throws: `ImportFailure` where a column is not there.
    func require(_ wanted: [ImportColumn]) throws(ImportFailure) {
        for column in wanted where !has(column) {
            throw ImportFailure("\(name) has no column \(column.names.joined(separator: " or ")).")
        }
    }

    /// The names of the columns that none of these stands for.
    func columns(besides known: [ImportColumn]) -> [String] {
        let taken = known.compactMap { column in column.names.lazy.compactMap { columns[$0] }.first }
        return header.indices.filter { !taken.contains($0) }.map { header[$0] }
    }

    private static func normalized(_ name: String) -> String {
        String(name.trimmingWhitespace().lowercased().filter { $0 != "_" })
    }
}

/// One row, and where it stands.
struct ImportRow: Sendable {
    let place: String
    fileprivate let columns: [String: Int]
    fileprivate let types: [String]?
    fileprivate let values: [String?]

    /// The value; nil where it is NULL or empty, or where there is no such column.
    subscript(column: ImportColumn) -> String? {
        guard let index = index(of: column), let value = values[index], !value.isEmpty else { return nil }
        return value
    }

    /// An identifier. SQLAlchemy keeps UUIDs in SQLite as 32 digits (`CHAR(32)`) and shows them with hyphens; what was
    /// seen outside is what counts.
    func identifier(_ column: ImportColumn) -> String? {
        guard let text = self[column], let index = index(of: column) else { return nil }
        let mayBeUUID = types.map { $0[index].uppercased() == "CHAR(32)" } ?? true
        let digits = Array(text.utf8)
        guard mayBeUUID, digits.count == 32, digits.allSatisfy({ "0123456789abcdef".utf8.contains($0) }) else {
            return text
        }
        return ImportValues.hyphenated(digits)
    }

    private func index(of column: ImportColumn) -> Int? { column.names.lazy.compactMap { columns[$0] }.first }
}
