import Auth
import Domain

/// The outcome of a visit to a sign-in provider that did not end as it was meant, by the name that it has in the page's
/// address.
struct ProviderMessage {
    /// Also a code of Better Auth's.
    let name: String
    let betterAuthCode: String

    private init(name: String, betterAuthCode: String) { (self.name, self.betterAuthCode) = (name, betterAuthCode) }

    /// Nil for an error that is answered otherwise.
    init?(_ error: any Error) {
        switch error {
        case let refusal as ProviderRefusal: self.init(refusal.reason)
        case AppError.signUpRefused(let refusal): self.init(refusal)
        case AppError.inactiveAccount: self.init(name: "inactive", betterAuthCode: "account_is_inactive")
        default: return nil
        }
    }

    init(_ reason: ProviderRefusalReason) {
        name = reason.rawValue
        betterAuthCode =
            switch reason {
            case .declined: "access_denied"
            case .expired: "state_mismatch"
            case .unavailable, .notTrusted: "unable_to_get_user_info"
            case .noVerifiedAddress, .addressNotVerified: "email_not_verified"
            case .accountExists: "account_not_linked"
            case .linkedElsewhere, .otherAccount: "account_already_linked_to_different_user"
            case .sessionEnded: "unable_to_link_account"
            }
    }

    private init(_ refusal: SignUpRefusal) {
        betterAuthCode = "signup_disabled"
        name =
            switch refusal {
            case .closed: "sign-up-closed"
            case .invitationNeeded: "invitation-needed"
            case .invitationInvalid: "invitation-invalid"
            case .invitationForAnotherAddress: "invitation-for-another"
            case .domainNotAdmitted: "domain-not-admitted"
            }
    }

    /// The sentence of the message with this name; nil if there is none.
    /// - Parameter label: the provider's.
    static func sentence(_ name: String, at label: String) -> String? {
        if let refusal = SignUpRefusal.allCases.first(where: { ProviderMessage($0).name == name }) {
            return refusal.sentence
        }
        if name == "inactive" { return "This account has been deactivated." }
        return switch ProviderRefusalReason(rawValue: name) {
        case .declined: "You were not signed in at \(label). Nothing has changed."
        case .expired: "That took too long, or began in another browser. Try again."
        case .unavailable: "\(label) is not responding correctly at the moment. Try again in a moment."
        case .notTrusted:
            "The response from \(label) could not be verified, so it was not accepted. The operator can find the reason in the log."
        case .noVerifiedAddress:
            "No account here is linked to that one, and \(label) did not give a verified e-mail address. Verify it there, or sign in and link it on the account page."
        case .accountExists:
            "An account here has that e-mail address already. Sign in to it, and link \(label) on the account page. If you do not know its password, choose “Forgot it?” there."
        case .addressNotVerified:
            "To link \(label), confirm your e-mail address here first, or use an account there that has the same one."
        case .linkedElsewhere: "That account at \(label) is linked to another account here."
        case .otherAccount: "That account at \(label) is not linked to yours."
        case .sessionEnded: "You have signed out or in again meanwhile. Try again."
        case nil: nil
        }
    }

    /// The address of the page that says it.
    func path(on page: String, provider: String) -> String { "\(page)?refused=\(name)&provider=\(provider)" }
}
