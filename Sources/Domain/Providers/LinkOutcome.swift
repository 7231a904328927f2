/// The outcome of linking an account at a provider to an account here.
package enum LinkOutcome: Sendable {
    case linked
    /// The provider's account is linked already, to this user or to another.
    case taken(UserID)
    /// The account has changed: it does not fulfil the condition any more.
    case refused
}
