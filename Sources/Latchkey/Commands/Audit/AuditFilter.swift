import ArgumentParser
import Basics
import Domain
import Storage

/// Selects the rows to show.
struct AuditFilter: ParsableArguments {
    @Option(help: "Only this user's: an id or an e-mail address.") var user: String?
    @Option(
        help: """
            Only what this one did: an id or an e-mail address, user, admin, server, command-line or command-line:NAME.
            """)
    var by: String?
    @Option(help: "Only this kind: \(AuditEvent.Kind.allCases.map(\.rawValue).joined(separator: ", ")).")
    var event: String?
    @Option(help: "Only from then on: 2026-01-10, 2026-01-10T12:00:00Z, or 30m, 12h, 7d ago.") var since: String?
    @Option(help: "Only until then.") var until: String?

    func validate() throws {
        for text in [since, until].compactMap({ $0 }) where Self.time(text, at: .now()) == nil {
            throw ValidationError("'\(text)' is not a time such as 2026-01-10, 2026-01-10T12:00:00Z, 30m, 12h or 7d.")
        }
        guard event.map({ AuditEvent.Kind(rawValue: $0) == nil }) != true else {
            throw ValidationError("There is no event of this name; see --help.")
        }
    }

    func query(in database: any Database, limit: Int) async throws -> AuditQuery {
        let now = Timestamp.now()
        return AuditQuery(
            user: try await id(of: user, in: database), author: try await author(in: database), event: event,
            since: since.flatMap { Self.time($0, at: now) },
            until: until.flatMap { Self.time($0, at: now) }, limit: limit)
    }

    private func author(in database: any Database) async throws -> AuditAuthor? {
        guard let by, by.utf8.contains(UInt8(ascii: "@")), !by.hasPrefix("command-line:") else {
            return by.map(AuditAuthor.init)
        }
        return try await id(of: by, in: database).map(AuditAuthor.account)
    }

    private func id(of user: String?, in database: any Database) async throws -> UserID? {
        guard let user else { return nil }
        // An id is used as given: the trail outlives the account.
        guard user.utf8.contains(UInt8(ascii: "@")) else { return UserID(rawValue: user) }
        guard let email = EmailAddress(user), let found = try await SQLAccountStore(database).user(email) else {
            throw CommandFailure("There is no user \(user.quotedForDisplay). Of a deleted one, give the id.")
        }
        return found.id
    }

    /// A point in time, or a duration before `now`.
    static func time(_ text: String, at now: Timestamp) -> Timestamp? {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        if let unit = text.last.flatMap({ units[$0] }) {
            let digits = text.dropLast()
            guard digits.utf8.count <= 7, let count = Int64(digits: digits) else { return nil }
            return now.adding(seconds: -count * unit)
        }
        return ImportValues.time(text)
    }
}
