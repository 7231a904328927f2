import Domain

/// The request for an API token, as received.
package struct APITokenDraft: Sendable {
    package var name: String
    package var scopes: [String]
    /// Nil for a token without an expiry.
    package var lifetimeDays: Int64?

    package init(name: String, scopes: [String], lifetimeDays: Int64?) {
        (self.name, self.scopes, self.lifetimeDays) = (name, scopes, lifetimeDays)
    }

    /// - Throws: `AppError.invalid` with an issue for each field that breaks a rule.
    func checked() throws -> (name: ItemName, scopes: TokenScopes) {
        var issues = FieldIssues()
        let name = try issues.check { try ItemName(self.name) }
        let known = scopes.map(TokenScope.init)
        if known.isEmpty {
            issues.add(FieldIssue("scopes", "Choose at least one scope.", .tooShort))
        } else if known.contains(nil) {
            let names = TokenScope.allCases.map(\.rawValue).joined(separator: ", ")
            issues.add(FieldIssue("scopes", "A scope is one of \(names).", .wrongValue))
        }
        if let lifetimeDays, !APIToken.lifetimeDays.contains(lifetimeDays) {
            issues.add(
                FieldIssue("expires_in_days", "A token lasts from 1 to 365 days, or has no expiry.", .wrongValue))
        }
        try issues.finish()
        guard let name else { throw AppError.invalid(issues.all) }
        return (name, TokenScopes(known.compactMap { $0 }))
    }
}
