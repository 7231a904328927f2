extension SQLAccountStore {
    /// Moves the identities in these namespaces to another, in one transaction.
    /// - Throws: `StorageError.unusable`, naming them, if two accounts would become one.
    package func moveIdentities(from names: [String], to namespace: String) async throws {
        guard !names.isEmpty else { return }
        try await database.write { connection in
            for name in names { try connection.moveIdentities(from: name, to: namespace) }
        }
    }
}

extension Connection {
    /// Moves identities to another namespace.
    /// - Throws: `StorageError.unusable`, naming them, if two accounts would become one.
    func moveIdentities(from name: String, to namespace: String) throws {
        let merged = try rows(
            """
            SELECT moved.subject, moved_user.email, other_user.email
              FROM identities AS moved
              JOIN identities AS other ON other.subject = moved.subject
              JOIN users AS moved_user ON moved_user.id = moved.user_id
              JOIN users AS other_user ON other_user.id = other.user_id
             WHERE moved.issuer = \(name) AND other.issuer = \(namespace) AND other.user_id <> moved.user_id
             ORDER BY moved.subject LIMIT 10
            """
        ) { row in
            "\"\(row.text(0))\" is \(row.text(1)) at \(name) and \(row.text(2)) at \(namespace)"
        }
        guard merged.isEmpty else {
            throw StorageError.unusable(
                "\(name) and \(namespace) are one issuer now, but two accounts would become one: \(merged.joined(separator: "; ")). With the version and the settings from before, delete the account that is not needed, then start again."
            )
        }
        try execute(
            """
            DELETE FROM identities
             WHERE issuer = \(name) AND subject IN (SELECT subject FROM identities WHERE issuer = \(namespace))
            """)
        try execute("UPDATE identities SET issuer = \(namespace) WHERE issuer = \(name)")
    }
}
