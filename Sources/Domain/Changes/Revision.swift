/// The state of an account's tasks: while its revision is equal, they are unchanged.
package struct Revision: Sendable, Hashable {
    /// A random text that a copy of the database renews, so that revisions of the copy are no revisions of the original.
    package let epoch: String
    /// The number of the last change; it increases with each.
    package let sequence: Int64

    package init(epoch: String, sequence: Int64) {
        self.epoch = epoch
        self.sequence = sequence
    }

    /// The revision of an account that does not exist.
    package static let initial = Revision(epoch: "", sequence: 0)
}
