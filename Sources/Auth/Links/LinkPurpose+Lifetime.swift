import Basics
import Domain

extension LinkPurpose {
    private var lifetimeSeconds: Int64 {
        switch self {
        case .passwordReset: 3600
        case .emailVerification, .emailChange, .accountDeletion: 86_400
        case .recovery: SecurityNotice.recoveryLifetimeSeconds
        case .proof: AccountLink.codeLifetimeSeconds
        }
    }

    /// The end of a link that is made at this time.
    func expiry(ofOneFrom time: Timestamp) -> Timestamp { time.adding(seconds: lifetimeSeconds) }
}
