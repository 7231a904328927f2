/// The account whose tasks are read or changed, and the zone in which its user reads dates.
package struct TaskOwner: Sendable, Hashable {
    package let id: UserID
    /// The name of a zone in the IANA database; nil while it is unknown.
    package let timeZone: String?

    package init(_ id: UserID, timeZone: String? = nil) { (self.id, self.timeZone) = (id, timeZone) }
}
