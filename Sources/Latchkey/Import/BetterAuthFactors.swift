import Auth
import Domain
import JSON

/// The second factors of Better Auth's users, from its table `twoFactor`.
struct BetterAuthFactors {
    private struct Row {
        let secret: String
        let codes: String?
    }

    private let secrets: BetterAuthSecrets
    /// True if users whose second factor cannot be taken over are to come with the password alone.
    private let dropsOthers: Bool
    private var rows: [String: Row] = [:]
    private let hasTable: Bool
    /// True if the table of users tells who is asked for the second factor.
    private let isToldByUsers: Bool

    private var dropped = 0
    private var withoutCodes = 0
    private var oddCodes = 0

    /// - Parameter table: nil if the files hold none.
    init(
        _ table: ImportTable?, of users: ImportTable, openedBy secrets: BetterAuthSecrets, dropsOthers: Bool
    ) throws {
        (self.secrets, self.dropsOthers, hasTable) = (secrets, dropsOthers, table != nil)
        isToldByUsers = users.has(.hasSecondFactor)
        guard let table else { return }
        try table.require([.userID, .secret, .backupCodes])
        for row in table.rows {
            // An app that is being set up, and was never asked for.
            guard let user = row.identifier(.userID), let secret = row[.secret],
                row[.isVerified].flatMap(ImportValues.bool) ?? true
            else { continue }
            rows[user] = Row(secret: secret, codes: row[.backupCodes])
        }
    }

    /// The second factor of a user who is asked for one there.
    /// - Throws: `RowProblem` if it cannot be taken over: the user must not be without it here unnoticed.
    mutating func factor(of row: ImportRow) throws -> ImportedFactor? {
        let stored = row.identifier(.id).flatMap { rows[$0] }
        guard try row.bool(.hasSecondFactor, default: stored != nil && !isToldByUsers) else { return nil }
        if let stored, let secret = try secrets.open(stored.secret), !secret.isEmpty {
            return ImportedFactor(secret: Array(secret.utf8), recoveryCodes: try codes(in: stored.codes))
        }
        guard !dropsOthers else {
            dropped += 1
            return nil
        }
        throw RowProblem(reason(stored) + " --drop-second-factors takes such users over with the password alone.")
    }

    private func reason(_ stored: Row?) -> String {
        if stored != nil {
            return
                "none of the secrets that are known here opens the second factor; --secret-file names a file with those of that installation."
        }
        return hasTable
            ? "the second factor is a mailed code, which does not count as one here."
            : "there is a second factor, and no table twoFactor that holds it."
    }

    /// A JSON array, encrypted or not.
    private mutating func codes(in text: String?) throws -> [String] {
        guard let text, let json = try secrets.open(text) ?? (text.hasPrefix("[") ? text : nil),
            case .array(let values)? = try? JSONReader.read(Array(json.utf8))
        else {
            withoutCodes += 1
            return []
        }
        let codes = values.compactMap { value in
            if case .string(let code) = value, FactorImport.isRecoveryCode(code) { code } else { nil }
        }
        oddCodes += values.count - codes.count
        return codes
    }

    /// Remarks for the operator, once all users were read.
    func note(in draft: inout ImportDraft) {
        if dropped > 0 {
            draft.note("not taken over: second factors (\(dropped)). Here the password of these users is enough.")
        }
        if withoutCodes > 0 {
            draft.note(
                "not taken over, as they cannot be read: backup codes of users (\(withoutCodes)), whose app goes on. They make new ones on the account page."
            )
        }
        if oddCodes > 0 {
            draft.note("not taken over: backup codes that are not ten letters and digits (\(oddCodes)).")
        }
    }
}
