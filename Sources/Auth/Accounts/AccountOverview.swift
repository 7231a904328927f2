import Basics
import Domain

/// The ways into an account and what is open, as the operator and admins see it.
package struct AccountOverview: Sendable {
    package let hasPassword: Bool
    /// Those that have not ended.
    package let sessions: [Session]
    /// Newest first.
    package let apiTokens: [APIToken]
    package let passkeys: [Passkey]
    /// The oldest first.
    package let linkedAccounts: [LinkedAccount]
    /// The number of recovery codes that were not used.
    package let recoveryCodesLeft: Int

    /// The names of the providers of linked accounts, in the settings of the time when they were linked.
    package var providers: [String] { linkedAccounts.map(\.provider) }

    /// The last use of a session that has not ended.
    package var lastSeenAt: Timestamp? { sessions.map(\.seenAt).max() }
}
