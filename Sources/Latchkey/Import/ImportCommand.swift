import App
import ArgumentParser
import Auth
import Basics
import Crypto
import FoundationEssentials
import Glibc
import JSON
import Storage

/// Imports the users and tasks of another system.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take over the users and tasks of another system.",
        discussion: """
            Reads an SQLite file, or its tables as CSV files (a directory of them, or one), and changes nothing there. \
            Everything is imported in one transaction. Passwords go on working, and a server may be running.
            """,
        subcommands: [ImportBetterAuthCommand.self, ImportFastAPICommand.self, ImportPocketBaseCommand.self])
}

struct ImportBetterAuthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "better-auth", abstract: "Take over the users of a Better Auth installation.",
        discussion:
            """
            Tables: user, account and, for second factors and passkeys, twoFactor and passkey; or CSV files with these \
            names. Pending links and codes, in verification, are counted and left. Second factors are encrypted there: \
            with the secret that is configured here, or with those of --secret-file. Accounts at other providers are \
            linked to the sign-in providers that are configured here under the same names.
            """
    )

    @Option(help: "A file with the secrets of that installation, one on each line.") var secretFile: String?
    @Flag(help: "Where a second factor cannot be taken over, let the password be enough.") var dropSecondFactors = false
    @OptionGroup var options: ImportOptions

    func run() async throws {
        try await options.run { file, place in
            let own = try place.knownSecrets()?.all ?? []
            let theirs = try secretFile.map(BetterAuthSecrets.secrets(inFile:)) ?? []
            return try BetterAuthImport(
                now: .now(), secrets: BetterAuthSecrets(own + theirs), dropsSecondFactors: dropSecondFactors,
                providers: try place.providers()
            ).draft(of: file)
        }
    }
}

struct ImportFastAPICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fastapi", abstract: "Take over the users and tasks of a FastAPI service.",
        discussion: """
            Tables: users (or user) and tasks (or task), or users.csv and tasks.csv. Where there are only tasks, they \
            go to the users who are here already.
            """)

    @OptionGroup var options: ImportOptions

    func run() async throws {
        try await options.run { file, _ in try FastAPIImport(now: .now()).draft(of: file) }
    }
}

struct ImportPocketBaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pocketbase", abstract: "Take over the users of a PocketBase.",
        discussion: "Reads its data.db, an SQLite file; other files of PocketBase are not needed.")

    @Option(help: "The auth collection to read, where there are several.") var collection: String?
    @OptionGroup var options: ImportOptions

    func run() async throws {
        try await options.run { file, _ in try PocketBaseImport(collection: collection, now: .now()).draft(of: file) }
    }
}

/// Options and behaviour shared by all import commands.
struct ImportOptions: ParsableArguments {
    @Argument(help: "The SQLite file, the CSV file, or the directory of CSV files.") var file: String
    @Flag(help: "Say what would happen, and change nothing.") var dryRun = false
    @Flag(help: "Leave out what cannot be taken, and import the rest.") var skipBad = false
    @OptionGroup var shown: ProgressFlags
    @OptionGroup var place: DataFlags

    func run(_ read: (ImportFile, Configuration.DataPlace) throws -> ImportDraft) async throws {
        // Files created from here on are accessible by their owner only.
        umask(0o077)
        try await shown.withProgress { progress in
            let place = try Configuration.DataPlace(try self.place.sources())
            progress.show(WorkStep("reading"))
            let draft = try read(ImportFile(path: file), place)
            let importer = Importer(
                place: place, skipsBadRows: skipBad, secrets: { try place.secrets(makes: true) },
                onStep: progress.show)
            let plan = dryRun ? try importer.preview(draft) : try await importer.run(draft)
            for note in plan.notes { progress.note("note", progress.isJSON ? note : "Note: \(note)") }
            for problem in plan.problems { progress.note("problem", problem.description) }
            guard importer.mayWrite(plan) else {
                throw ImportFailure(
                    """
                    \(ImportPlan.count(plan.problems.count, "row")) cannot be taken, so nothing \
                    \(dryRun ? "would be" : "was") imported. Mend what is named above, or use --skip-bad.
                    """)
            }
            let sentence = "\(dryRun ? "Would be imported" : "Imported"): \(plan.summary)."
            progress.finish([sentence] + (dryRun ? ["Nothing was changed."] : [])) { json in
                json.member("users", Int64(plan.users.count))
                json.member("tasks", Int64(plan.tasks.count))
                json.member("skipped_users", Int64(plan.skips(.userSkipped)))
                json.member("skipped_tasks", Int64(plan.skips(.taskSkipped)))
                json.member("dry_run", dryRun)
            }
        }
    }
}

/// Performs an import in one transaction.
struct Importer: Sendable {
    let place: Configuration.DataPlace
    let skipsBadRows: Bool
    /// The secret under which the import is recorded, requested only if something is to be written.
    var secrets: @Sendable () throws -> Secrets? = { nil }
    var onStep: WorkObserver = { _ in }

    /// True if anything is written: a single invalid row stops the import, unless such rows are to be skipped.
    func mayWrite(_ plan: ImportPlan) -> Bool { skipsBadRows || plan.problems.isEmpty }

    /// The plan as of now. Neither creates nor changes a file.
    func preview(_ draft: ImportDraft) throws -> ImportPlan {
        let plan = try place.database.peek {
            try ImportPlan(draft, against: ImportTarget($0, at: .now()), onStep: onStep)
        }
        return try plan ?? ImportPlan(draft, against: nil)
    }

    /// Writes all that `mayWrite` allows, or nothing.
    /// - Throws: `StorageError`; then nothing was written.
    func run(_ draft: ImportDraft) async throws -> ImportPlan {
        // If it is clear that nothing will be written, not even a new database is created.
        guard skipsBadRows || draft.problems.isEmpty else { return try preview(draft) }
        do {
            try FileManager.default.createDirectory(
                atPath: place.directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw ImportFailure("The data directory \(place.directory) cannot be made.")
        }
        let secrets = try self.secrets()
        let chain = try secrets.map(AuditChain.forCommands)
        let database = try place.database.open(for: .command)
        defer { database.close() }
        if let secrets { try await SecretGuard(database, secrets).claim(takesOver: false) }
        let factors = secrets.map(FactorImport.init)
        return try await database.write { connection in
            let time = Timestamp.now()
            let target = ImportTarget(connection, at: time, audit: chain)
            let plan = try ImportPlan(draft, against: target, onStep: onStep)
            guard mayWrite(plan) else { return plan }
            try plan.write(to: target, onStep: onStep) { factor, user in
                guard let factors else { throw ImportFailure("There is no secret to encrypt second factors with.") }
                return try factors.factor(factor, of: user, at: time)
            }
            return plan
        }
    }
}
