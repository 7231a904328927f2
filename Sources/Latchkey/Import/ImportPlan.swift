import Basics
import Domain
import Storage

/// The rows that an import would write or skip, given the existing data.
struct ImportPlan: Sendable {
    private(set) var users: [ImportedUser] = []
    private(set) var tasks: [TaskItem] = []
    private(set) var problems: [ImportProblem]
    let notes: [String]

    /// Users whose tasks are imported: those that would be written, and those in the files that already exist here.
    private var owners: Set<UserID> = []

    /// - Parameters:
    ///   - target: the existing data; nil if there is no database yet.
    ///   - onStep: receives the rows that were compared with it.
    init(_ draft: ImportDraft, against target: ImportTarget?, onStep: @escaping WorkObserver = { _ in }) throws {
        var steps = RowSteps("checking", draft.users.count + draft.tasks.count, onStep)
        problems = draft.problems
        notes = draft.notes
        for candidate in draft.users {
            steps.next()
            if let reason = try objection(to: candidate.value.user, in: target) {
                problems.append(ImportProblem(place: candidate.place, reason: reason, effect: .userSkipped))
            } else {
                users.append(try withoutKnown(candidate, in: target))
                owners.insert(candidate.value.user.id)
            }
        }
        var seen: Set<TaskKey> = []
        for candidate in draft.tasks {
            steps.next()
            let isNew = seen.insert(TaskKey(owner: candidate.value.ownerID, id: candidate.value.id)).inserted
            let objection = isNew ? try objection(to: candidate.value, of: draft, in: target) : "is there twice."
            if let objection {
                problems.append(ImportProblem(place: candidate.place, reason: objection, effect: .taskSkipped))
            } else {
                tasks.append(candidate.value)
            }
        }
    }

    /// The user without passkeys and linked accounts that belong to an account here.
    private mutating func withoutKnown(
        _ candidate: ImportDraft.Candidate<ImportedUser>, in target: ImportTarget?
    ) throws -> ImportedUser {
        var imported = candidate.value
        guard let target else { return imported }
        imported.passkeys = try imported.passkeys.filter { passkey in
            guard try target.hasPasskey(passkey.credentialID) else { return true }
            let reason = "its passkey \(passkey.name.text.quotedForDisplay) belongs to an account here."
            problems.append(ImportProblem(place: candidate.place, reason: reason, effect: .passkeySkipped))
            return false
        }
        imported.linkedAccounts = try imported.linkedAccounts.filter { account in
            guard try target.hasLink(to: account.identity) else { return true }
            let reason = "its account with \(account.provider.quotedForDisplay) is linked to an account here."
            problems.append(ImportProblem(place: candidate.place, reason: reason, effect: .linkSkipped))
            return false
        }
        return imported
    }

    private struct TaskKey: Hashable {
        let owner: UserID
        let id: TaskID
    }

    private mutating func objection(to user: User, in target: ImportTarget?) throws -> String? {
        guard let target else { return nil }
        if let email = try target.email(of: user.id) {
            // Short ids, such as numbers, may belong to a different user here: only with the same address it is the
            // same user.
            guard email == user.email else { return "another user here has this id." }
            owners.insert(user.id)
            return "is already here."
        }
        if try target.hasUser(with: user.email) { return "\(user.email.text) already has an account here." }
        guard try target.keeps(user.email) else { return nil }
        return """
            an account here had the address \(user.email.text) until lately, and its owner can take it back for up to \
            7 days.
            """
    }

    private mutating func objection(
        to task: TaskItem, of draft: ImportDraft, in target: ImportTarget?
    ) throws -> String? {
        if !owners.contains(task.ownerID) {
            if let known = draft.userIDs {
                return known.contains(task.ownerID) ? "its user is not taken." : Self.noUser(task.ownerID)
            }
            guard try target?.email(of: task.ownerID) != nil else { return Self.noUser(task.ownerID) }
            owners.insert(task.ownerID)
        }
        return try target?.hasTask(task.id, ownedBy: task.ownerID) == true ? "is already here." : nil
    }

    private static func noUser(_ id: UserID) -> String {
        "there is no user with the id \(id.rawValue.quotedForDisplay)."
    }

    /// Writes the planned rows.
    /// - Parameters:
    ///   - onStep: receives the rows that were written.
    ///   - seal: encrypts a second factor for the server.
    func write(
        to target: ImportTarget, onStep: @escaping WorkObserver = { _ in },
        sealing seal: (ImportedFactor, UserID) throws -> SecondFactor
    ) throws {
        var steps = RowSteps("writing", users.count + tasks.count, onStep)
        for user in users {
            steps.next()
            try target.insert(user, secondFactor: user.secondFactor.map { try seal($0, user.user.id) })
        }
        for task in tasks {
            steps.next()
            try target.insert(task)
        }
        guard !users.isEmpty || !tasks.isEmpty else { return }
        try target.record(
            AuditEvent(
                .usersImported, at: .now(), by: .commandLine,
                [.init("users", String(users.count)), .init("tasks", String(tasks.count))]))
    }

    /// The summary line for the operator: the counts of each kind.
    var summary: String {
        let withPassword = users.count { $0.passwordHash != nil }
        let withFactor = users.count { $0.secondFactor != nil }
        let passkeys = users.reduce(0) { $0 + $1.passkeys.count }
        let links = users.reduce(0) { $0 + $1.linkedAccounts.count }
        let more =
            (withFactor > 0 ? ", \(withFactor) with a second factor" : "")
            + (passkeys > 0 ? ", \(Self.count(passkeys, "passkey"))" : "")
            + (links > 0 ? ", \(Self.count(links, "linked account"))" : "")
        let skipped = (users: skips(.userSkipped), tasks: skips(.taskSkipped))
        return """
            \(Self.count(users.count, "user")) (\(withPassword) with a password, \(users.count - withPassword) without\(more)), \
            \(Self.count(tasks.count, "task")); skipped: \(Self.count(skipped.users, "user")), \
            \(Self.count(skipped.tasks, "task"))
            """
    }

    func skips(_ effect: ImportProblem.Effect) -> Int { problems.count { $0.effect == effect } }

    static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
