import Auth
import Basics
import Domain

/// The passkeys of Better Auth's users, from its table `passkey`.
struct BetterAuthPasskeys {
    private static let columns: [ImportColumn] = [
        .id, .name, .publicKey, .userID, .credentialID, .counter, .deviceType, .isBackedUp, .transports, .createdAt,
        .aaguid,
    ]
    private static let anonymousModel = String(repeating: "0", count: 32)

    private let count: Int
    /// Those whose users were not read yet.
    private var passkeys: [UserID: [Passkey]]

    /// - Parameter table: nil if the files hold none.
    init(_ table: ImportTable?, at now: Timestamp, noting draft: inout ImportDraft) throws {
        let ids = UUIDv7Generator()
        var places: [String: String] = [:]
        if let table {
            try table.require([.userID, .publicKey, .credentialID, .counter, .deviceType])
            draft.noteColumns(of: table, besides: Self.columns)
        }
        let all = try draft.values(of: table?.rows ?? [], skipping: .passkeySkipped) { row in
            let passkey = try Self.passkey(in: row, id: PasskeyID(rawValue: ids.next(at: now)), at: now)
            if let other = places[passkey.credentialID] {
                throw RowProblem("is the same passkey as \(other).")
            }
            places[passkey.credentialID] = row.place
            return passkey
        }
        count = all.count
        passkeys = Dictionary(grouping: all, by: \.userID)
    }

    private static func passkey(in row: ImportRow, id: PasskeyID, at now: Timestamp) throws -> Passkey {
        let user = try row.userID(.userID)
        guard let credentialID = row[.credentialID].flatMap(PasskeyImport.credentialID) else {
            throw RowProblem("the passkey's credentialID is not 1 to 1,023 bytes in base64url.")
        }
        guard let publicKey = row[.publicKey].flatMap(PasskeyImport.publicKey) else {
            throw RowProblem(
                "the passkey's public key is not one that can be used here: Ed25519, ES256, or RS256 with 2,048 to 4,096 bits."
            )
        }
        guard let signCount = row[.counter].flatMap({ Int64($0) }), (0...Int64(UInt32.max)).contains(signCount) else {
            throw RowProblem("the passkey's counter is not a 32-bit number.")
        }
        guard let type = row[.deviceType], type == "singleDevice" || type == "multiDevice" else {
            throw RowProblem("the passkey's deviceType is neither singleDevice nor multiDevice.")
        }
        let words = row[.transports]?.split(separator: ",").map(String.init) ?? []
        return Passkey(
            id: id, userID: user, credentialID: credentialID, publicKey: publicKey, userHandle: nil,
            name: (try? ItemName(row[.name] ?? "")) ?? ItemName(stored: "Passkey"),
            transports: Passkey.transports.filter(words.contains), aaguid: model(row[.aaguid]),
            createdAt: try row.time(.createdAt) ?? now,
            // That is not known: the address may have been verified later.
            isOfVerifiedAddress: false, isBackupEligible: type == "multiDevice",
            isBackedUp: try row.bool(.isBackedUp, default: false) && type == "multiDevice", signCount: signCount)
    }

    private static func model(_ uuid: String?) -> String {
        let digits = (uuid ?? "").lowercased().filter { $0 != "-" }
        return digits.utf8.count == 32 && digits.utf8.allSatisfy(\.isHexadecimal) ? digits : anonymousModel
    }

    mutating func take(of user: UserID) -> [Passkey] { passkeys.removeValue(forKey: user) ?? [] }

    /// Remarks for the operator, once all users were read.
    func note(in draft: inout ImportDraft) {
        let rest = passkeys.values.reduce(0) { $0 + $1.count }
        if rest > 0 { draft.note("not taken over: passkeys of users who are not taken over (\(rest)).") }
        guard count > rest else { return }
        draft.note(
            "passkeys (\(count - rest)) sign in here only if the host of LATCHKEY_URL is the one that they were made for (rpID)."
        )
    }
}
