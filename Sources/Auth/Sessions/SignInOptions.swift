import Basics
import Domain

/// Options for a new session.
package struct SignInOptions: Sendable {
    package var isRemembered: Bool
    /// The same browser's previous session, which ends as the new one begins.
    package var replaced: Session?
    /// True if the browser is to be known to the account afterwards.
    package var keepsDevice: Bool
    /// True if the browser is not to be asked for the second factor for a while; only with `keepsDevice`.
    package var trustsDevice = false
    /// The time at which the user has proved to be the account's owner; nil for now.
    var provedAt: Timestamp?

    package init(isRemembered: Bool = true, replacing replaced: Session? = nil, keepsDevice: Bool = false) {
        self.isRemembered = isRemembered
        self.replaced = replaced
        self.keepsDevice = keepsDevice
    }
}
