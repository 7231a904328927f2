extension Migration {
    /// A trailing slash no longer makes a different issuer: identities in a namespace with one move to the namespace
    /// without.
    static let identityNames = Migration(
        version: 16, name: "identity names", statements: { _ in [] },
        work: { connection in
            for name in try connection.rows("SELECT DISTINCT issuer FROM identities ORDER BY issuer", { $0.text(0) }) {
                let namespace = name.utf8.reversed().drop { $0 == UInt8(ascii: "/") }.reversed()
                guard namespace.count < name.utf8.count else { continue }
                try connection.moveIdentities(from: name, to: String(decoding: namespace, as: UTF8.self))
            }
        })
}
