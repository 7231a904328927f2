import Auth
import Domain
import Storage

/// The users and tasks in another system's files, as far as they satisfy our rules. Existing data here is not
/// considered yet.
struct ImportDraft: Sendable {
    struct Candidate<Value: Sendable>: Sendable {
        let place: String
        let value: Value
    }

    private(set) var users: [Candidate<ImportedUser>] = []
    private(set) var tasks: [Candidate<TaskItem>] = []
    private(set) var problems: [ImportProblem] = []
    /// Remarks for the operator that concern no single row.
    private(set) var notes: [String] = []
    /// Nil if the files contain no users: then tasks go to existing users here.
    private(set) var userIDs: Set<UserID>?

    private var places: (ids: [UserID: String], emails: [EmailAddress: String]) = ([:], [:])

    /// Adds each row of a table of users.
    mutating func addUsers(_ table: ImportTable, _ read: (ImportRow) throws -> ImportedUser) throws {
        userIDs = userIDs ?? []
        for row in table.rows {
            if let id = row.identifier(.id).map(UserID.init(rawValue:)) { userIDs?.insert(id) }
            try check(row, .userSkipped) { draft in
                var imported = try read(row)
                try draft.refuseDuplicate(imported.user, at: row.place)
                if let hash = imported.passwordHash, !PasswordHasher.canVerify(hash) {
                    let kind = "is neither bcrypt ($2a$, $2b$, $2y$; at most 2^16 rounds) nor Better Auth's scrypt"
                    draft.add(row, "the password hash \(kind); the user would have no password.", .passwordSkipped)
                    imported.passwordHash = nil
                }
                draft.users.append(Candidate(place: Self.place(row), value: imported))
            }
        }
    }

    private mutating func refuseDuplicate(_ user: User, at place: String) throws(RowProblem) {
        if let other = places.ids[user.id] { throw RowProblem("has the same id as \(other).") }
        if let other = places.emails[user.email] { throw RowProblem("has the same e-mail address as \(other).") }
        places.ids[user.id] = place
        places.emails[user.email] = place
    }

    /// Adds each row of a table of tasks.
    mutating func addTasks(_ table: ImportTable, _ read: (ImportRow) throws -> TaskItem) throws {
        for row in table.rows {
            try check(row, .taskSkipped) { draft in
                draft.tasks.append(Candidate(place: Self.place(row), value: try read(row)))
            }
        }
    }

    /// The values of the rows that can be taken; the others become problems.
    mutating func values<Value>(
        of rows: [ImportRow], skipping effect: ImportProblem.Effect, _ read: (ImportRow) throws -> Value
    ) throws -> [Value] {
        var values: [Value] = []
        for row in rows { try check(row, effect) { _ in values.append(try read(row)) } }
        return values
    }

    mutating func note(_ text: String) { notes.append(text) }

    /// Notes the columns that cannot be imported.
    mutating func noteColumns(of table: ImportTable, besides known: [ImportColumn]) {
        let rest = table.columns(besides: known)
        guard !rest.isEmpty else { return }
        note("\(table.name): not taken over: \(rest.map(\.quotedForDisplay).joined(separator: ", ")).")
    }

    private mutating func check(
        _ row: ImportRow, _ effect: ImportProblem.Effect, _ work: (inout ImportDraft) throws -> Void
    ) throws {
        do { try work(&self) } catch let problem as RowProblem {
            add(row, problem.reason, effect)
        } catch AppError.invalid(let issues) {
            add(row, issues.map(\.message).joined(separator: " "), effect)
        }
    }

    private mutating func add(_ row: ImportRow, _ reason: String, _ effect: ImportProblem.Effect) {
        problems.append(ImportProblem(place: Self.place(row), reason: reason, effect: effect))
    }

    private static func place(_ row: ImportRow) -> String {
        row[.id].map { "\(row.place) (id \($0.quotedForDisplay))" } ?? row.place
    }
}
