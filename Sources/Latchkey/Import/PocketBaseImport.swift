import Basics
import Domain
import Storage

/// Reads an auth collection of PocketBase: its users with their password hashes (bcrypt). The table `_collections` names
/// the tables of users; it and the columns are those of PocketBase 0.23 and later, with the older `passwordHash` and
/// `username` besides.
struct PocketBaseImport {
    private static let userColumns: [ImportColumn] = [
        .id, .email, .isVerified, .name, .hash, .createdAt, .updatedAt, .tokenKey, .emailVisibility,
    ]
    private static let (collections, links) = ("_collections", "_externalAuths")
    /// Nil for the only one that is not a system collection, which administrators have.
    let collection: String?
    let now: Timestamp

    func draft(of file: ImportFile) throws -> ImportDraft {
        guard let all = try file.tables(named: [Self.collections])[Self.collections] else {
            throw ImportFailure("\(file.path) is not a PocketBase database: it has no table \(Self.collections).")
        }
        let chosen = try choose(from: all, of: file)
        let tables = try file.tables(named: [chosen.name, Self.links])
        guard let users = tables[chosen.name] else {
            throw ImportFailure("\(file.path) has no table \(chosen.name.quotedForDisplay), though it is a collection.")
        }
        try users.require([.id, .email, .hash])
        var draft = ImportDraft()
        try draft.addUsers(users) { row in
            ImportedUser(user: try row.user(isActive: true, importedAt: now), passwordHash: row[.hash])
        }
        draft.noteColumns(of: users, besides: Self.userColumns)
        noteLinks(tables[Self.links], of: chosen.id, in: &draft)
        return draft
    }

    private func choose(from table: ImportTable, of file: ImportFile) throws -> (id: String, name: String) {
        try table.require([.id, .name, .type])
        let found = table.rows.compactMap { row -> (id: String, name: String, isSystem: Bool)? in
            guard row[.type] == "auth", let id = row[.id], let name = row[.name] else { return nil }
            return (id, name, row[.isSystem].flatMap(ImportValues.bool) ?? false)
        }
        if let collection {
            guard let chosen = found.first(where: { $0.name == collection }) else {
                throw ImportFailure("\(file.path) has no auth collection \(collection.quotedForDisplay).")
            }
            return (chosen.id, chosen.name)
        }
        let usual = found.filter { !$0.isSystem }
        guard let only = usual.first else { throw ImportFailure("\(file.path) has no auth collection.") }
        guard usual.count == 1 else {
            let names = usual.map(\.name.quotedForDisplay).joined(separator: ", ")
            throw ImportFailure("\(file.path) has several auth collections: \(names). Choose one with --collection.")
        }
        return (only.id, only.name)
    }

    private func noteLinks(_ table: ImportTable?, of collection: String, in draft: inout ImportDraft) {
        var counts: [String: Int] = [:]
        for row in table?.rows ?? [] where row[.collection] == collection {
            counts[row[.providerName] ?? "", default: 0] += 1
        }
        for (provider, count) in counts.sorted(by: { $0.key < $1.key }) {
            draft.note("not taken over: linked accounts with \(provider.quotedForDisplay) (\(count)).")
        }
    }
}
