import Domain

extension AuditQuery {
    /// A part of the rows that match: an index to read, if SQLite does not find it by itself, and conditions.
    typealias Part = (index: SQL, conditions: [SQL])

    /// One or more statements, whose rows together are those that match. There is an index of what users did not do
    /// themselves, and one of the rows about a user; a single statement would use neither for both.
    func parts(_ dialect: Dialect) -> [Part] {
        var common: [SQL] = ["number > \(after) AND number < \(before)"]
        if let user { common.append("user_id = \(user)") }
        if let event { common.append("event = \(event)") }
        if let since { common.append("at >= \(since)") }
        if let until { common.append("at <= \(until)") }
        guard let author else { return [("", common)] }
        return author.parts(dialect).map { ($0.index, common + $0.conditions) }
    }
}

extension AuditAuthor {
    fileprivate func parts(_ dialect: Dialect) -> [AuditQuery.Part] {
        switch self {
        case .users: [("", ["actor = \(Self.user)"])]
        case .admins: [Self.beginning(AuditEvent.adminPrefix, dialect)]
        case .server: [Self.exactly(.init(actor: .server), dialect)]
        case .commandLine(nil): [Self.beginning(AuditEvent.commandLinePrefix, dialect)]
        case .commandLine(let name?): [Self.exactly(.init(actor: .commandLine(name)), dialect)]
        case .account(let id):
            [
                ("", ["user_id = \(id)", "actor = \(Self.user)"]),
                Self.exactly(.init(actor: .admin(id)), dialect),
            ]
        }
    }

    private static func exactly(_ source: AuditEvent.Source, _ dialect: Dialect) -> AuditQuery.Part {
        byActor(["\(dialect.actorKey) = \(source.actor.description)"], dialect)
    }

    /// - Parameter prefix: ASCII, ending in a space, which `!` follows.
    private static func beginning(_ prefix: String, _ dialect: Dialect) -> AuditQuery.Part {
        let end = prefix.dropLast() + "!"
        return byActor(
            ["\(dialect.actorKey) >= \(prefix)", "\(dialect.actorKey) < \(String(end))"], dialect)
    }

    private static func byActor(_ conditions: [SQL], _ dialect: Dialect) -> AuditQuery.Part {
        (dialect.using("audit_events_by_actor"), ["actor <> 'user'"] + conditions)
    }

    private static let user = AuditEvent.Source(actor: .user).actor.description
}

extension Dialect {
    /// The actor of a row as its index has it, compared by its bytes.
    var actorKey: SQLColumns {
        switch self {
        case .sqlite: SQLColumns("actor")
        case .postgres: SQLColumns("actor COLLATE \"C\"")
        }
    }
}
