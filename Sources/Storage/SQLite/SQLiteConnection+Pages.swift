import CSQLite

extension SQLiteConnection {
    /// Copies every page of this database into another, empty one, some at a time.
    ///
    /// This connection must be in a transaction that has read something. Then all steps see the state of that moment,
    /// whatever others commit meanwhile, and the copy never has to begin again; writers wait for nothing.
    /// - Parameter afterStep: receives the number of pages copied, and of all; what it throws ends the copy.
    func copyPages(
        to target: SQLiteConnection, pagesPerStep: Int32, afterStep: (_ done: Int, _ total: Int) throws -> Void
    ) throws {
        guard let backup = sqlite3_backup_init(target.handle, "main", handle, "main") else {
            throw target.error(sqlite3_errcode(target.handle), "copying pages")
        }
        var code = SQLITE_OK
        do {
            while code == SQLITE_OK {
                code = sqlite3_backup_step(backup, pagesPerStep)
                let total = Int(sqlite3_backup_pagecount(backup))
                try afterStep(total - Int(sqlite3_backup_remaining(backup)), total)
            }
        } catch {
            sqlite3_backup_finish(backup)
            throw error
        }
        // A failure of the source is reported by the target's connection as well.
        let end = sqlite3_backup_finish(backup)
        guard code == SQLITE_DONE, end == SQLITE_OK else {
            throw target.error(end == SQLITE_OK ? code : end, "copying pages")
        }
    }
}
