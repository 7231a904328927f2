/// The reason why a visit to a sign-in provider fails.
package struct ProviderRefusal: Error, Equatable {
    package let reason: ProviderRefusalReason
    /// A sentence for the log.
    package let cause: String

    package init(_ reason: ProviderRefusalReason, _ cause: String) { (self.reason, self.cause) = (reason, cause) }
}
