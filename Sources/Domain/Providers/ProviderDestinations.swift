/// The pages that follow a visit to a sign-in provider: paths of this site, or addresses on trusted origins.
package struct ProviderDestinations: Sendable, Hashable {
    package var success: String
    /// The page for users whose account was made by this; nil for the same as others.
    package var newUser: String?
    /// The page of an application that explains failures by their code; nil for ours.
    package var failure: String?

    package init(_ success: String, newUser: String? = nil, failure: String? = nil) {
        (self.success, self.newUser, self.failure) = (success, newUser, failure)
    }
}
