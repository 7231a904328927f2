import Domain

extension Connection {
    /// True if the user can still sign in after the removal.
    func canSignIn(
        _ user: LockedUser, by ways: WaysIn, withoutPasskey passkey: PasskeyID? = nil,
        withoutAccount account: LinkedAccountID? = nil
    ) throws -> Bool {
        if ways.hasPasswords, user.passwordHash != nil { return true }
        let issuers = try rows(
            "SELECT issuer FROM linked_accounts WHERE user_id = \(user.id) AND id <> \(account?.rawValue ?? "")"
        ) { $0.text(0) }
        if issuers.contains(where: ways.issuers.contains) { return true }
        guard ways.hasPasskeys else { return false }
        return try row(
            """
            SELECT 1 FROM passkeys
             WHERE user_id = \(user.id) AND id <> \(passkey?.rawValue ?? "") AND suspected_at IS NULL LIMIT 1
            """
        ) { _ in true } ?? false
    }
}
