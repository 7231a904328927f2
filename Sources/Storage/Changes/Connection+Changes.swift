import Domain

extension Connection {
    /// The account's epoch, and the number of its last change, which triggers log.
    func revision(of owner: UserID) throws -> Revision {
        try row("SELECT \(Revision.columns) FROM epochs WHERE user_id = \(owner)", Revision.init(row:)) ?? .initial
    }

    /// The revisions of those accounts that exist.
    func revisions(of owners: [UserID]) throws -> [UserID: Revision] {
        guard let first = owners.first else { return [:] }
        let list = owners + Array(repeating: first, count: SQL.listLength(for: owners.count) - owners.count)
        let found = try rows(
            """
            SELECT \(Revision.columns), user_id FROM epochs
             WHERE user_id IN (\(SQL.joined(list.map { "\($0)" }, by: ", ")))
            """
        ) { (UserID(rawValue: $0.text(2)), Revision(row: $0)) }
        return Dictionary(found) { first, _ in first }
    }

    /// Makes all revisions of a copied database different from those of its source.
    func renewEpochs() throws { try execute("UPDATE epochs SET epoch = \(dialect.randomText)") }
}

extension Revision {
    /// Of a row of `epochs`.
    fileprivate static let columns: SQL =
        "epoch, COALESCE((SELECT MAX(sequence) FROM changes WHERE user_id = epochs.user_id), 0)"

    fileprivate init(row: any Row) { self.init(epoch: row.text(0), sequence: row.integer(1)) }
}
