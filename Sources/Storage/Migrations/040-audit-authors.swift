extension Migration {
    /// An index of the audit trail by author, of what users did not do in their own accounts: these rows are few, and
    /// the index costs the others nothing.
    static let auditAuthors = Migration(version: 40, name: "audit authors") { dialect in
        [
            """
            CREATE INDEX audit_events_by_actor ON audit_events (\(dialect.indexedActor), number)
             WHERE actor <> 'user'
            """
        ]
    }
}

extension Dialect {
    fileprivate var indexedActor: String { actorKey.text }
}
