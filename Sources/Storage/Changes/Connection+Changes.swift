import Domain

extension Connection {
    /// The account's epoch, and the number of its last change, which triggers log.
    func revision(of owner: UserID) throws -> Revision {
        try row(
            """
            SELECT epoch, COALESCE((SELECT MAX(sequence) FROM changes WHERE user_id = epochs.user_id), 0)
              FROM epochs WHERE user_id = \(owner)
            """
        ) { Revision(epoch: $0.text(0), sequence: $0.integer(1)) } ?? .initial
    }

    /// Makes all revisions of a copied database different from those of its source.
    func renewEpochs() throws { try execute("UPDATE epochs SET epoch = \(dialect.randomText)") }
}
