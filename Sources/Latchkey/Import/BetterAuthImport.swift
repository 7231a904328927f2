import Auth
import Basics
import Domain
import Storage

/// Reads the tables of Better Auth: users, the accounts that hold their password hashes and those that are linked, second
/// factors, passkeys, and the links and codes that are pending, which are only counted: they lead to the old server, and a
/// reset of the password there would be forgotten.
struct BetterAuthImport {
    private static let userColumns: [ImportColumn] = [
        .id, .email, .isVerified, .name, .image, .createdAt, .updatedAt, .isBanned, .banExpiry, .hasSecondFactor,
    ]
    private static let factorColumns: [ImportColumn] = [.id, .userID, .secret, .backupCodes, .isVerified]

    let now: Timestamp
    let secrets: BetterAuthSecrets
    /// True if users whose second factor cannot be taken over are to come with the password alone.
    var dropsSecondFactors = false
    /// The providers to which accounts may be linked here.
    var providers: [SignInProvider] = []

    func draft(of file: ImportFile) throws -> ImportDraft {
        let tables = try file.tables([.users, .accounts, .verifications, .secondFactors, .passkeys])
        guard let users = tables[.users] else { throw ImportFailure("\(file.path) holds no table of users.") }
        try users.require([.id, .email])
        var draft = ImportDraft()
        let hashes = try passwordHashes(in: tables[.accounts], noting: &draft)
        var factors = try BetterAuthFactors(
            tables[.secondFactors], of: users, openedBy: secrets, dropsOthers: dropsSecondFactors)
        var passkeys = try BetterAuthPasskeys(tables[.passkeys], at: now, noting: &draft)
        var links = try BetterAuthLinks(tables[.accounts], to: providers, at: now, noting: &draft)
        try draft.addUsers(users) { row in
            let user = try row.user(isActive: try isActive(row), importedAt: now)
            var imported = ImportedUser(
                user: user, passwordHash: hashes[user.id], picture: row.picture,
                secondFactor: try factors.factor(of: row))
            imported.passkeys = passkeys.take(of: user.id)
            imported.linkedAccounts = links.take(of: user.id)
            return imported
        }
        factors.note(in: &draft)
        passkeys.note(in: &draft)
        links.note(in: &draft)
        if let table = tables[.secondFactors] { draft.noteColumns(of: table, besides: Self.factorColumns) }
        noteLosses(users, in: &draft)
        notePendingLinks(tables[.verifications], in: &draft)
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
        for row in accounts.rows where row[.provider] == BetterAuthLinks.passwordProvider {
            if let id = row.identifier(.userID), let hash = row[.hash] { hashes[UserID(rawValue: id)] = hash }
        }
        return hashes
    }

    private func noteLosses(_ users: ImportTable, in draft: inout ImportDraft) {
        draft.noteColumns(of: users, besides: Self.userColumns)
        let images = users.rows.count { $0[.image] != nil && $0.keptImage == nil }
        if images > 0 {
            draft.note(
                "not taken over: pictures with long addresses, or that are not PNG, JPEG or WebP up to 256 KiB (\(images))."
            )
        }
    }

    /// Counts what is still valid, by the beginning of its identifier. Links that verify an address or change it are no
    /// rows there.
    private func notePendingLinks(_ table: ImportTable?, in draft: inout ImportDraft) {
        let pending = (table?.rows ?? []).filter { row in
            (try? row.time(.expiresAt)).flatMap(\.self).map { $0 > now } ?? true
        }
        guard !pending.isEmpty else { return }
        let identifiers = pending.map { $0[.identifier] ?? "" }
        let resets = identifiers.count { $0.hasPrefix("reset-password:") }
        let deletions = identifiers.count { $0.hasPrefix("delete-account-") }
        let counts = [
            (resets, "to set a new password"), (deletions, "to delete an account"),
            (pending.count - resets - deletions, "of other kinds"),
        ]
        let list = counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        draft.note(
            "not taken over, as they are links and codes of the old server: \(list). Their owners ask for new ones here."
        )
    }
}
