/// The rule for creating accounts, the same for every way to do so. Existing accounts are not affected, and the operator
/// of the server is not bound by it.
package struct SignUpPolicy: Sendable, Hashable {
    package enum Mode: String, Sendable, CaseIterable {
        case open
        /// Only with an invitation.
        case invited
        /// Not even with an invitation.
        case closed
    }

    package var mode: Mode
    /// The domains whose addresses are admitted, invited ones included; empty for all.
    package var domains: [EmailDomain]

    package init(_ mode: Mode = .open, domains: [EmailDomain] = []) {
        self.mode = mode
        self.domains = domains
    }

    package func admits(_ email: EmailAddress) -> Bool {
        domains.isEmpty || domains.contains { $0.contains(email) }
    }
}
