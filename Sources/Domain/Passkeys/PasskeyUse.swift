/// A use of a passkey that was found right, and is still to be noted: the counter must have grown by then.
package struct PasskeyUse: Sendable, Hashable {
    package let id: PasskeyID
    /// The authenticator's counter; 0 if it does not count.
    package let signCount: Int64
    package let isBackedUp: Bool

    package init(id: PasskeyID, signCount: Int64, isBackedUp: Bool) {
        (self.id, self.signCount, self.isBackedUp) = (id, signCount, isBackedUp)
    }
}
