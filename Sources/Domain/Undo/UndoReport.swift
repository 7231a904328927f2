/// The outcome of undoing a change.
package struct UndoReport: Sendable, Hashable {
    /// Something that was changed again since, and was left as it is.
    package struct Conflict: Sendable, Hashable {
        package let kind: ItemKind
        package let id: String
        /// The fields that were changed since; empty if it is no longer there, or is there again.
        package let fields: [String]
        /// True if the rest of it was restored.
        package let isPartial: Bool

        package init(kind: ItemKind, id: String, fields: [String], isPartial: Bool) {
            (self.kind, self.id, self.fields, self.isPartial) = (kind, id, fields, isPartial)
        }
    }

    /// The number of things that were restored, at least in part.
    package var restored = 0
    package var conflicts: [Conflict] = []

    package init() {}
}
