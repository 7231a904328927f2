import Domain

/// How a session is to begin.
package struct SignInOptions: Sendable {
    package var isRemembered: Bool
    /// The session that the same browser had: it ends as the new one begins.
    package var replaced: Session?
    /// Whether the browser is to be known to the account afterwards.
    package var keepsDevice: Bool

    package init(isRemembered: Bool = true, replacing replaced: Session? = nil, keepsDevice: Bool = false) {
        self.isRemembered = isRemembered
        self.replaced = replaced
        self.keepsDevice = keepsDevice
    }
}
