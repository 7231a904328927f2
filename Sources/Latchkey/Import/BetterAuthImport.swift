import Basics
import Domain
import Storage

/// Reads the tables of Better Auth: users, and the accounts that hold their password hashes.
struct BetterAuthImport {
    private static let userColumns: [ImportColumn] = [
        .id, .email, .isVerified, .name, .image, .createdAt, .updatedAt, .isBanned, .banExpiry, .hasSecondFactor,
    ]
    let now: Timestamp

    func draft(of file: ImportFile) throws -> ImportDraft {
        let tables = try file.tables([.users, .accounts])
        guard let users = tables[.users] else { throw ImportFailure("\(file.path) holds no users, only accounts.") }
        try users.require([.id, .email])
        var draft = ImportDraft()
        let hashes = try passwordHashes(in: tables[.accounts], noting: &draft)
        try draft.addUsers(users) { row in
            let user = try row.user(isActive: try isActive(row), importedAt: now)
            return ImportedUser(user: user, passwordHash: hashes[user.id], picture: row.picture)
        }
        noteLosses(users, in: &draft)
        return draft
    }

    /// True if the admin plugin lets the user in.
    private func isActive(_ row: ImportRow) throws -> Bool {
        guard try row.bool(.isBanned, default: false) else { return true }
        return try row.time(.banExpiry).map { $0 <= now } ?? false
    }

    private func passwordHashes(in accounts: ImportTable?, noting draft: inout ImportDraft) throws -> [UserID: String] {
        guard let accounts else {
            draft.note("There is no table of accounts, which holds the passwords: no imported user would have one.")
            return [:]
        }
        try accounts.require([.userID, .provider, .hash])
        var hashes: [UserID: String] = [:]
        var others: [String: Int] = [:]
        for row in accounts.rows {
            guard row[.provider] == "credential" else {
                others[row[.provider] ?? "", default: 0] += 1
                continue
            }
            if let id = row.identifier(.userID), let hash = row[.hash] { hashes[UserID(rawValue: id)] = hash }
        }
        for (provider, count) in others.sorted(by: { $0.key < $1.key }) {
            draft.note(
                "not taken over, as they have no password: accounts with \(provider.quotedForDisplay) (\(count)).")
        }
        return hashes
    }

    private func noteLosses(_ users: ImportTable, in draft: inout ImportDraft) {
        draft.noteColumns(of: users, besides: Self.userColumns)
        let images = users.rows.count { $0[.image] != nil && $0.keptImage == nil }
        if images > 0 {
            draft.note(
                "not taken over: pictures with long addresses, or that are no PNG, JPEG or WebP up to 256 KiB (\(images))."
            )
        }
        let twoFactor = users.rows.count { row in row[.hasSecondFactor].flatMap(ImportValues.bool) ?? false }
        if twoFactor > 0 {
            draft.note("not taken over: second factors (\(twoFactor)). Here the password of these users is enough.")
        }
    }
}
