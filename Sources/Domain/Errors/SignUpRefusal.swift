/// The reason why an account is not created. None of them depends on the accounts that exist.
package enum SignUpRefusal: Sendable, Hashable, CaseIterable {
    /// No accounts are created, not even with an invitation.
    case closed
    case invitationNeeded
    /// Unknown, used up, expired or revoked.
    case invitationInvalid
    case invitationForAnotherAddress
    case domainNotAdmitted

    package var sentence: String {
        switch self {
        case .closed: "Sign-up is closed. Ask the operator of this server for an account."
        case .invitationNeeded:
            "An account needs an invitation. Open the link that you were sent, or ask the operator of this server for one."
        case .invitationInvalid:
            "This invitation is no longer valid: it was used, has expired or was revoked. Ask for a new one."
        case .invitationForAnotherAddress:
            "This invitation is for another e-mail address. Sign up with the one that it was sent to."
        case .domainNotAdmitted:
            "Addresses at this domain cannot sign up. Use another one, or ask the operator of this server."
        }
    }
}
