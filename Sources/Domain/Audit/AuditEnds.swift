/// Where the trail begins and ends, from one consistent snapshot.
package struct AuditEnds: Sendable, Hashable {
    /// Nil where nothing was deleted.
    package var checkpoint: AuditCheckpoint?
    package var head: AuditHead?
    /// The number of the last row that is there, 0 for none.
    package var lastNumber: Int64

    package init(checkpoint: AuditCheckpoint?, head: AuditHead?, lastNumber: Int64) {
        self.checkpoint = checkpoint
        self.head = head
        self.lastNumber = lastNumber
    }
}
