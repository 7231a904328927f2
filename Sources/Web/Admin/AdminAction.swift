import Auth
import Domain

/// An action of an admin on an account, in the pages and in the API; its name is the last part of the address.
enum AdminAction: String, Sendable, CaseIterable {
    case deactivate, activate, verify
    case endSessions = "end-sessions"
    case revokeTokens = "revoke-tokens"
    case removeFactor = "remove-factor"
    case removePasskeys = "remove-passkeys"
    case unlinkProviders = "unlink-providers"
    case stopReset = "stop-reset"
    case makeAdmin = "make-admin"
    case revokeAdmin = "revoke-admin"

    /// - Throws: `AppError.lastAdmin`.
    /// - Returns: false if nothing was changed, as it was done before.
    func run(_ administration: AccountAdministration, _ user: User) async throws -> Bool {
        switch self {
        case .deactivate: try await administration.setActive(user, false) != nil
        case .activate: try await administration.setActive(user, true) != nil
        case .verify: try await administration.verify(user)
        case .endSessions: try await administration.endSessions(of: user) > 0
        case .revokeTokens: try await administration.revokeAllAPITokens(of: user) > 0
        case .removeFactor: try await administration.removeSecondFactor(of: user)
        case .removePasskeys: try await administration.removePasskeys(of: user) > 0
        case .unlinkProviders: try await administration.unlinkProviders(of: user) > 0
        case .stopReset: try await administration.stopReset(of: user)
        case .makeAdmin: try await administration.makeAdmin(user)
        case .revokeAdmin: try await administration.revokeAdmin(user)
        }
    }

    var summary: String {
        switch self {
        case .deactivate: "Deactivate an account"
        case .activate: "Activate an account"
        case .verify: "Mark an address as verified"
        case .endSessions: "Sign a user out everywhere"
        case .revokeTokens: "Revoke a user's API tokens"
        case .removeFactor: "Remove a second factor"
        case .removePasskeys: "Remove a user's passkeys"
        case .unlinkProviders: "Unlink a user's accounts at providers"
        case .stopReset: "Stop a new password that waits"
        case .makeAdmin: "Make a user an admin"
        case .revokeAdmin: "Make an admin an ordinary user"
        }
    }

    /// The outcome, as a page tells it.
    var sentence: String {
        switch self {
        case .deactivate: "Deactivated. All sessions and API tokens have ended."
        case .activate: "Active again."
        case .verify: "The address is marked as confirmed."
        case .endSessions: "Signed out everywhere."
        case .revokeTokens: "All API tokens are revoked."
        case .removeFactor: "The second factor is removed. The password alone signs in now."
        case .removePasskeys: "All passkeys are removed. Sessions go on until they are ended."
        case .unlinkProviders: "All accounts at providers are unlinked. Sessions go on until they are ended."
        case .stopReset: "Stopped. The two recovery codes are used up."
        case .makeAdmin: "Now an admin."
        case .revokeAdmin: "No longer an admin."
        }
    }

    /// The name of the operation in the API, and what is to be known of it.
    var operation: String {
        switch self {
        case .deactivate: "deactivateUser"
        case .activate: "activateUser"
        case .verify: "verifyUser"
        case .endSessions: "endSessionsOfUser"
        case .revokeTokens: "revokeTokensOfUser"
        case .removeFactor: "removeSecondFactorOfUser"
        case .removePasskeys: "removePasskeysOfUser"
        case .unlinkProviders: "unlinkProvidersOfUser"
        case .stopReset: "stopResetOfUser"
        case .makeAdmin: "makeAdmin"
        case .revokeAdmin: "revokeAdmin"
        }
    }

    var text: String {
        switch self {
        case .deactivate: "All sessions and API tokens end. A requested deletion is cancelled."
        case .activate: "A requested deletion is cancelled."
        case .verify: "Without an e-mail."
        case .endSessions: "The user can sign in again."
        case .revokeTokens: "They are refused from the next request on."
        case .removeFactor: "The password alone signs in then."
        case .removePasskeys: "For an account that was compromised. Sessions go on until they are ended."
        case .unlinkProviders:
            "For an account that was compromised. Sessions go on until they are ended; the owner can link an account again."
        case .stopReset: "The two recovery codes that asked for it are used up."
        case .makeAdmin: "Admins manage all accounts."
        case .revokeAdmin: "The last admin stays one."
        }
    }
}
