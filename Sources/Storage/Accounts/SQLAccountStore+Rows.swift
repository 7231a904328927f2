import Basics
import Calendar
import Domain

extension Connection {
    /// - Returns: false if the address is taken, or kept at this time for its former owner.
    func insert(_ user: User, passwordHash: String?, at time: Timestamp) throws -> Bool {
        let isNew =
            try execute(
                """
                INSERT INTO users (
                    id, email, username, email_verified, must_verify, image, password_hash, is_active, created_at,
                    updated_at
                ) VALUES (
                    \(user.id), \(user.email), \(user.username), \(user.isEmailVerified), \(user.mustVerify),
                    \(user.image), \(passwordHash), \(user.isActive), \(user.createdAt), \(user.updatedAt)
                )
                ON CONFLICT (email) DO NOTHING
                """) > 0
        // Only now, as the insertion waits for a transaction that is giving the address up, and keeps it for its owner.
        let isKept =
            try execute(
                """
                DELETE FROM users
                 WHERE id = \(user.id) AND EXISTS (\(Self.keeping(user.email, for: nil, at: time)))
                """) > 0
        return isNew && !isKept
    }
}

extension User {
    /// The number of columns of `SQLAccountStore.userColumns`.
    static var columnCount: Int { 18 }

    init(row: any Row, from first: Int = 0) {
        self.init(
            id: UserID(rawValue: row.text(first)), email: EmailAddress(stored: row.text(first + 1)),
            username: row.optionalText(first + 2), isEmailVerified: row.bool(first + 3),
            image: row.optionalText(first + 4), isActive: row.bool(first + 5),
            createdAt: Timestamp(milliseconds: row.integer(first + 6)),
            updatedAt: Timestamp(milliseconds: row.integer(first + 7)))
        appearance = Appearance(rawValue: row.text(first + 8)) ?? .system
        deletionRequestedAt = row.optionalInteger(first + 9).map(Timestamp.init(milliseconds:))
        mustVerify = row.bool(first + 10)
        locale = UserLocale(
            timeZone: row.optionalText(first + 11), weekStart: Weekday(name: row.text(first + 12)) ?? .monday,
            language: row.optionalText(first + 13))
        mailsReminders = row.bool(first + 14)
        hasSecondFactor = row.bool(first + 15)
        isAdmin = row.bool(first + 16)
        resetReadyAt = row.optionalInteger(first + 17).map(Timestamp.init(milliseconds:))
    }
}

extension Session {
    init(row: any Row) {
        self.init(
            id: SessionID(rawValue: row.text(0)), userID: UserID(rawValue: row.text(1)),
            createdAt: Timestamp(milliseconds: row.integer(2)), updatedAt: Timestamp(milliseconds: row.integer(3)),
            expiresAt: Timestamp(milliseconds: row.integer(4)), ipAddress: row.text(5), userAgent: row.text(6),
            isRemembered: row.bool(7))
        limitedFrom = Timestamp(milliseconds: row.integer(8))
        provedAt = Timestamp(milliseconds: row.integer(9))
        seenAt = Timestamp(milliseconds: row.integer(10))
    }
}
