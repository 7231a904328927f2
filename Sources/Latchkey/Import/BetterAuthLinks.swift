import Auth
import Basics
import Domain

/// The accounts at other providers that are linked to Better Auth's users, from its table `account`. Each becomes a link
/// to the sign-in provider of the same name, whose subjects the provider's ids of users must be.
struct BetterAuthLinks {
    /// The name of the provider whose accounts are passwords.
    static let passwordProvider = "credential"
    /// The beginning of the issuers that Better Auth 1.7 invents, and gives to rows of earlier versions.
    private static let inventedIssuer = "local:"

    /// The reason why accounts at a provider are left out.
    private enum Reason: Hashable {
        case noProvider
        case otherIssuer(there: String, here: String)
    }

    private struct LeftOut: Hashable {
        let provider: String
        let reason: Reason
    }

    /// Those whose users were not read yet.
    private var accounts: [UserID: [LinkedAccount]]
    private var leftOut: [LeftOut: Int] = [:]

    /// - Parameter table: nil if the files hold none.
    init(
        _ table: ImportTable?, to providers: [SignInProvider], at now: Timestamp, noting draft: inout ImportDraft
    ) throws {
        let ids = UUIDv7Generator()
        var rows: [(row: ImportRow, provider: SignInProvider)] = []
        for row in table?.rows ?? [] {
            let name = row[.provider] ?? ""
            guard name != Self.passwordProvider else { continue }
            guard let provider = providers.first(where: { $0.name == name.lowercased() }) else {
                leftOut[LeftOut(provider: name, reason: .noProvider), default: 0] += 1
                continue
            }
            if let issuer = row[.issuer], !Self.isSame(issuer, as: provider.issuer) {
                let reason = Reason.otherIssuer(there: issuer, here: provider.issuer)
                leftOut[LeftOut(provider: name, reason: reason), default: 0] += 1
                continue
            }
            rows.append((row, provider))
        }
        var places: [ProviderIdentity: String] = [:]
        var all: [LinkedAccount] = []
        for (row, provider) in rows {
            all += try draft.values(of: [row], skipping: .linkSkipped) { row in
                let account = try Self.account(
                    in: row, at: provider, id: LinkedAccountID(rawValue: ids.next(at: now)), linkedAt: now)
                if let other = places[account.identity] { throw RowProblem("is the same account as \(other).") }
                places[account.identity] = row.place
                return account
            }
        }
        accounts = Dictionary(grouping: all, by: \.userID)
    }

    private static func isSame(_ issuer: String, as other: String) -> Bool {
        func trimmed(_ text: String) -> Substring { text.hasSuffix("/") ? text.dropLast() : text[...] }
        return issuer.hasPrefix(inventedIssuer) || trimmed(issuer) == trimmed(other)
    }

    private static func account(
        in row: ImportRow, at provider: SignInProvider, id: LinkedAccountID, linkedAt now: Timestamp
    ) throws -> LinkedAccount {
        let user = try row.userID(.userID)
        guard let subject = row[.accountID], ProviderIdentity.isSubject(subject) else {
            throw RowProblem(
                "the accountId with \(provider.name.quotedForDisplay) is not 1 to 255 characters without control characters."
            )
        }
        return LinkedAccount(
            id: id, userID: user, provider: provider.name,
            identity: ProviderIdentity(issuer: provider.issuer, subject: subject), email: nil,
            linkedAt: try row.time(.createdAt) ?? now)
    }

    mutating func take(of user: UserID) -> [LinkedAccount] { accounts.removeValue(forKey: user) ?? [] }

    /// Remarks for the operator, once all users were read.
    func note(in draft: inout ImportDraft) {
        let sorted = leftOut.sorted { ($0.key.provider, $0.value) < ($1.key.provider, $1.value) }
        for (accounts, count) in sorted {
            let subject = "not taken over: accounts with \(accounts.provider.quotedForDisplay) (\(count))"
            switch accounts.reason {
            case .noProvider: draft.note("\(subject), as no sign-in provider with this name is set here.")
            case .otherIssuer(let there, let here):
                draft.note(
                    "\(subject), whose issuer is \(there.quotedForDisplay) there, and \(here.quotedForDisplay) here.")
            }
        }
        let rest = accounts.values.reduce(0) { $0 + $1.count }
        if rest > 0 { draft.note("not taken over: linked accounts of users who are not taken over (\(rest)).") }
    }
}
