extension Database {
    /// The size of the database, with its indexes. Of SQLite, the pages of the file.
    package func bytes() async throws -> Int64? {
        try await read { connection in
            let size: SQL =
                switch connection.dialect {
                case .sqlite:
                    "SELECT page_count * page_size FROM pragma_page_count AS pages, pragma_page_size AS size"
                case .postgres: "SELECT pg_database_size(current_database())"
                }
            return try connection.row(size) { $0.integer(0) }
        }
    }
}
