import App
import ArgumentParser
import Auth
import Basics
import Domain
import Glibc
import JSON
import Storage

/// The audit trail: sign-ups, sign-ins, sign-outs, failures and changes, with actor and time. Works while the server
/// runs.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "List, export or verify the record of everything that happened to accounts.",
        discussion: """
            Each row holds a code over itself and the row before it, made with a key that is not in the database: a \
            row cannot be changed or taken out without `latchkey audit verify` noticing.
            """,
        subcommands: [List.self, Export.self, Verify.self, AuditPrune.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the latest rows, the newest last.")
        @OptionGroup var filter: AuditFilter
        @OptionGroup var limit: RowLimit
        @Flag(help: "One JSON object for each row.") var json = false
        @Flag(help: "Go on showing what is added, until it is stopped.") var follow = false
        @OptionGroup var place: DataFlags

        func run() async throws {
            try await withTrail(place) { database in
                var query = try await filter.query(in: database, limit: limit.count)
                let store = SQLAuditStore(database)
                // Read before the rows, so that rows added meanwhile are not skipped.
                let end = try await store.end().lastNumber
                let records = try await store.last(query)
                if !json { print(AuditLine.header) }
                show(records)
                guard follow else { return }
                query.after = max(end, records.last?.number ?? 0)
                query.limit = 1000
                while true {
                    let new = try await store.first(query)
                    show(new)
                    query.after = new.last?.number ?? query.after
                    try await Task.sleep(for: .milliseconds(500))
                }
            }
        }

        private func show(_ records: [AuditRecord]) {
            for record in records { print(json ? AuditLine.json(record) : AuditLine.text(record)) }
            if !records.isEmpty { fflush(nil) }
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write all rows, the oldest first, as one JSON object a line.")
        @OptionGroup var filter: AuditFilter
        @OptionGroup var place: DataFlags

        func run() async throws {
            try await withTrail(place) { database in
                var query = try await filter.query(in: database, limit: 1000)
                let store = SQLAuditStore(database)
                while case let records = try await store.first(query), let last = records.last {
                    let lines = records.map { AuditLine.json($0) + "\n" }.joined()
                    // Rows that were not written down must not be deleted afterwards.
                    do { try FileSystem.write(lines.utf8, to: STDOUT_FILENO) } catch {
                        throw CommandFailure("The rows could not be written: \(error).")
                    }
                    query.after = last.number
                }
            }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check every row; names the first that was altered or is missing, and then exits with 1.",
            discussion: """
                Needs BETTER_AUTH_SECRET as the server has it, and in BETTER_AUTH_SECRET_PREVIOUS those that it had \
                before, for the rows of their time. What is printed of the last row can be kept elsewhere and given \
                to --expect next time: it detects an older copy put in the place of the trail.
                """)
        @Option(help: "NUMBER:CODE of a row, as an earlier run printed it.") var expect: String?
        @OptionGroup var shown: ProgressFlags
        @OptionGroup var place: DataFlags

        func run() async throws {
            let anchor = try expect.map { text in
                guard let anchor = AuditVerification.Anchor(text) else {
                    throw ValidationError("A row is expected as NUMBER:CODE, as `latchkey audit verify` prints it.")
                }
                return anchor
            }
            try await withTrail(place, shown) { database, progress in
                let secrets = try Configuration.DataPlace(try place.sources()).secrets()
                try await SecretGuard(database, secrets).verify()
                let seal = try AuditSeal(secrets)
                let finding = try await AuditVerification(store: SQLAuditStore(database), sealer: seal)
                    .run(expecting: anchor, onStep: progress.show)
                guard finding.isGood else { throw CommandFailure(finding.description) }
                progress.finish([finding.description]) {
                    $0.member("message", finding.description)
                    $0.member("rows", finding.rows)
                    $0.member("last", finding.lastRow)
                }
            }
        }
    }
}

/// Opens the database that the flags name.
func withTrail(_ place: DataFlags, _ work: (any Database) async throws -> Void) async throws {
    try await reportingFailures {
        umask(0o077)
        let place = try Configuration.DataPlace(try place.sources())
        let database = try place.database.openExisting()
        defer { database.close() }
        try await explaining { try await work(database) }
    }
}

/// The same for work that may take long.
func withTrail(
    _ place: DataFlags, _ shown: ProgressFlags, _ work: (any Database, Progress) async throws -> Void
) async throws {
    try await shown.withProgress { progress in
        umask(0o077)
        let place = try Configuration.DataPlace(try place.sources())
        let database = try place.database.openExisting()
        defer { database.close() }
        try await explaining { try await work(database, progress) }
    }
}

/// Runs a command's work, and explains domain errors in a sentence.
func explaining<Value>(_ work: () async throws -> Value) async throws -> Value {
    do {
        return try await work()
    } catch let error as AppError {
        let sentence =
            switch error {
            case .invalid(let issues): issues.map(\.message).joined(separator: "\n")
            case .emailTaken: "There is a user with this e-mail address already."
            case .storageUnavailable(let cause, let trouble): "\(trouble.sentence) (\(cause))"
            case .outcomeUnknown(let cause): StorageError.outcomeUnknown(cause).description
            case .notFound(let sentence): sentence
            case .signUpRefused(let refusal): refusal.sentence
            case .lastAdmin: AppError.lastAdminSentence
            default: "This cannot be done just now (\(error))."
            }
        throw CommandFailure(sentence)
    }
}
