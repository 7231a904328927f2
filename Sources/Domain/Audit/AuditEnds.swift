/// The start and the end of the trail, from one consistent snapshot.
package struct AuditEnds: Sendable, Hashable {
    /// Nil if nothing was pruned.
    package var checkpoint: AuditCheckpoint?
    package var head: AuditHead?
    /// The number of the last row present, 0 if there is none.
    package var lastNumber: Int64

    package init(checkpoint: AuditCheckpoint?, head: AuditHead?, lastNumber: Int64) {
        self.checkpoint = checkpoint
        self.head = head
        self.lastNumber = lastNumber
    }
}
