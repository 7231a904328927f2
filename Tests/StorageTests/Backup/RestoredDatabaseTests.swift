import TestSupport
import Testing

@testable import Storage

@Suite struct RestoredDatabaseTests {
    @Test func `the documented statements clear the same tables as a restore`() throws {
        let document = try packageFile("docs/backup.md")
        for table in RestoredDatabase.endedTables {
            #expect(document.contains("DELETE FROM \(table);"), "\(table)")
        }
    }

    /// A new table has to be put on one of the two lists; those that grant access have to be cleared.
    @Test func `each table is cleared by a restore, or listed as kept`() async throws {
        let kept = [
            "admin_setup", "audit_checkpoint", "audit_events", "audit_head", "changes", "completions", "epochs",
            "identities", "known_devices", "linked_accounts", "lists", "mail_outbox", "passkeys", "pictures",
            "recovery_codes", "reminders", "saved_views", "second_factor_failures", "second_factors", "secret_check",
            "signing_keys", "tags", "task_tags",
            "task_usage", "tasks", "undo_steps", "users",
        ]
        try await TestDatabase.with { database in
            let tables = try await database.read { connection in
                let names = try connection.rows(connection.dialect.tableNames) { $0.text(0) }
                let uncopied = Set(Table.uncopied(connection.dialect)).subtracting(RestoredDatabase.endedTables)
                return names.filter { !uncopied.contains($0) }
            }
            #expect(tables.sorted() == (kept + RestoredDatabase.endedTables).sorted())
        }
    }
}
