import FoundationEssentials
import Glibc
import Storage

/// The data of another system: an SQLite file, a CSV file, or a directory of CSV files.
struct ImportFile {
    let path: String

    /// The tables of the wanted kinds that are present.
    /// - Throws: `ImportFailure` if a file cannot be read or contains none of them.
    func tables(_ kinds: [ImportKind]) throws -> [ImportKind: ImportTable] {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw ImportFailure("\(path) cannot be read: \(String(cString: strerror(errno))).")
        }
        let type = status.st_mode & S_IFMT
        guard type == S_IFREG || type == S_IFDIR else {
            throw ImportFailure("\(path) is neither a file nor a directory.")
        }
        let tables = type == S_IFDIR ? try filesOfDirectory(kinds) : try tablesOfFile(kinds)
        guard !tables.isEmpty else {
            let names = kinds.flatMap(\.names).joined(separator: ", ")
            throw ImportFailure("\(path) holds none of the tables that are looked for: \(names).")
        }
        return tables
    }

    private func tablesOfFile(_ kinds: [ImportKind]) throws -> [ImportKind: ImportTable] {
        if Self.fileName(path).lowercased().hasSuffix(".csv") {
            let table = try Self.csv(at: path)
            // A single file has no table name, so its columns determine the kind.
            let signs: [(ImportKind, ImportColumn)] = [(.users, .email), (.tasks, .title), (.accounts, .provider)]
            guard let kind = signs.first(where: { kinds.contains($0.0) && table.has($0.1) })?.0 else { return [:] }
            return [kind: table]
        }
        guard try Self.isDatabase(path) else {
            throw ImportFailure("\(path) is neither an SQLite database nor a CSV file (name.csv).")
        }
        return try tablesOfDatabase(kinds)
    }

    private func tablesOfDatabase(_ kinds: [ImportKind]) throws -> [ImportKind: ImportTable] {
        let wanted = kinds.flatMap(\.names) + Self.ownTables
        let found = try self.found { wanted.contains($0.lowercased()) }
        guard !Self.ownTables.allSatisfy({ name in found.contains { $0.name == name } }) else {
            throw ImportFailure("\(path) is a database of Latchkey itself.")
        }
        return try Self.sorted(found, by: kinds, name: { $0.name.lowercased() }).mapValues(ImportTable.init)
    }

    /// The tables of an SQLite file that have one of these names.
    /// - Throws: `ImportFailure` if it is none.
    func tables(named names: [String]) throws -> [String: ImportTable] {
        guard try Self.isDatabase(path) else { throw ImportFailure("\(path) is not an SQLite database.") }
        let found = try self.found { names.contains($0) }
        return Dictionary(found.map { ($0.name, ImportTable($0)) }, uniquingKeysWith: { first, _ in first })
    }

    private func found(_ isWanted: (String) -> Bool) throws -> [ForeignDatabase.Table] {
        do { return try ForeignDatabase(path: path).tables(isWanted) } catch let error as StorageError {
            throw ImportFailure("\(path) cannot be read as a database. \(error.description)")
        }
    }

    private static let ownTables = ["schema_migrations", "signing_keys"]

    private func filesOfDirectory(_ kinds: [ImportKind]) throws -> [ImportKind: ImportTable] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            throw ImportFailure("The directory \(path) cannot be read.")
        }
        let files = names.sorted().filter { $0.lowercased().hasSuffix(".csv") }
        return try Self.sorted(files, by: kinds, name: { String($0.lowercased().dropLast(4)) }).mapValues {
            try Self.csv(at: path + "/" + $0)
        }
    }

    /// One item for each kind, by name.
    private static func sorted<Thing>(
        _ things: [Thing], by kinds: [ImportKind], name: (Thing) -> String
    ) throws -> [ImportKind: Thing] {
        var sorted: [ImportKind: Thing] = [:]
        for kind in kinds {
            let found = things.filter { kind.names.contains(name($0)) }
            guard found.count <= 1 else {
                let names = found.map(name).joined(separator: " and ")
                throw ImportFailure("There is both \(names); take away the one that is not meant.")
            }
            sorted[kind] = found.first
        }
        return sorted
    }

    private static func csv(at path: String) throws -> ImportTable {
        let name = fileName(path)
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ImportFailure("\(path) cannot be read.")
        }
        do throws(CSVReader.SyntaxError) {
            let records = try CSVReader.records(in: Array(data))
            guard let header = records.first else { throw CSVReader.SyntaxError(line: 1, problem: "has no header") }
            return ImportTable(
                name: name, header: header.fields.map { $0 ?? "" },
                rows: records.dropFirst().map { ("line \($0.line)", $0.fields) })
        } catch {
            throw ImportFailure("\(name), line \(error.line) \(error.problem).")
        }
    }

    private static func isDatabase(_ path: String) throws -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ImportFailure("\(path) cannot be read: \(String(cString: strerror(errno))).")
        }
        defer { close(descriptor) }
        var start = [UInt8](repeating: 0, count: 16)
        return read(descriptor, &start, 16) == 16 && start == Array("SQLite format 3\0".utf8)
    }

    private static func fileName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}

extension ImportTable {
    fileprivate init(_ table: ForeignDatabase.Table) {
        self.init(
            name: "table \(table.name)", header: table.columns.map(\.name), types: table.columns.map(\.type),
            rows: table.rows.enumerated().map { ("row \($0 + 1)", $1) })
    }
}
