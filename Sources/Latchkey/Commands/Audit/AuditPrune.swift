import ArgumentParser
import Auth
import Basics
import HTTPServer
import JSON
import Storage

/// `latchkey audit prune`: verifies the trail, then deletes the oldest rows.
struct AuditPrune: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Delete the oldest rows, for good; the rest still verifies.",
        discussion: """
            Works while the server runs, and needs BETTER_AUTH_SECRET as the server has it. A trail that does not \
            verify is not pruned. To keep the rows elsewhere, write them with `latchkey audit export` first. \
            AUDIT_RETENTION_DAYS does this by itself.
            """)
    @Option(help: "Rows from before then go: 2026-01-10, 2026-01-10T12:00:00Z, or 365d, 12h ago.") var before: String
    @Flag(help: "Don't ask.") var yes = false
    @OptionGroup var shown: ProgressFlags
    @OptionGroup var place: DataFlags

    func validate() throws {
        guard AuditFilter.time(before, at: .now()) != nil else {
            throw ValidationError("'\(before)' is not a time such as 2026-01-10, 2026-01-10T12:00:00Z, 12h or 365d.")
        }
    }

    func run() async throws {
        try await withTrail(place, shown) { database, progress in
            guard let time = AuditFilter.time(before, at: .now()) else { return }
            let secrets = try Configuration.DataPlace(try place.sources()).secrets()
            let seal = try AuditSeal(secrets)
            let store = SQLAuditStore(database, chain: try .forCommands(secrets))
            let pruning = AuditPruning(store: store, sealer: seal, now: Clocks.system.now)
            do {
                try await pruning.verify(onStep: progress.show)
                progress.end()
                if !yes { try Terminal.confirmDeletion("Delete all rows from before \(time.rfc3339), for good?") }
                let count = try await pruning.prune(before: time, by: .commandLine, onStep: progress.show)
                progress.finish(["\(UserCommand.count(Int(count), "row")) deleted."]) {
                    $0.member("deleted", count)
                }
            } catch let refusal as AuditPruning.Refusal {
                throw CommandFailure(refusal.description)
            }
        }
    }
}
