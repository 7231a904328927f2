/// A re-encrypted private key.
package struct ResealedKey: Sendable {
    package let id: String
    package let old: String
    package let new: String

    package init(id: String, old: String, new: String) {
        self.id = id
        self.old = old
        self.new = new
    }
}
