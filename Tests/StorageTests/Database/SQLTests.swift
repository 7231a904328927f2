import Testing

@testable import Storage

@Suite struct SQLTests {
    @Test func `interpolations become values, never text`() {
        let name = "x'); DROP TABLE tasks; --"
        let sql: SQL =
            "SELECT * FROM tasks WHERE title = \(name) AND n = \(5) AND b = \(true) AND z IS \(nil as String?)"
        #expect(sql.text == "SELECT * FROM tasks WHERE title = ? AND n = ? AND b = ? AND z IS ?")
        #expect(sql.values == [.text(name), .integer(5), .bool(true), .null])
    }

    @Test func `only the program can write column lists as text`() {
        let columns = SQLColumns("a, b")
        let sql: SQL = "SELECT \(columns) FROM t WHERE a = \("x")"
        #expect(sql.text == "SELECT a, b FROM t WHERE a = ?")
    }

    @Test func `statements are composed of parts with values of their own`() {
        let bounds: SQL = "a > \(1) AND b < \(2)"
        let nested: SQL = "(\(bounds) OR c = \(3))"
        let sql: SQL = "SELECT \(0), \("x") WHERE \(nested) AND \(bounds) LIMIT \(4)"
        #expect(sql.text == "SELECT ?, ? WHERE (a > ? AND b < ? OR c = ?) AND a > ? AND b < ? LIMIT ?")
        #expect(
            sql.values == [
                .integer(0), .text("x"), .integer(1), .integer(2), .integer(3), .integer(1), .integer(2), .integer(4),
            ])
    }

    @Test func `PostgreSQL gets numbers for the values`() throws {
        let many = SQL.joined((1...12).map { "n = \($0)" }, by: " AND ")
        let all = try PostgresConnection.Request("SELECT 1 WHERE x = \("?") AND \(many)")
        #expect(all.numberedText.hasPrefix("SELECT 1 WHERE x = $1 AND n = $2 AND "))
        #expect(all.numberedText.hasSuffix(" AND n = $12 AND n = $13"))
        #expect(all.values.count == 13)
        #expect(try PostgresConnection.Request("SELECT $$x?$$").numberedText == "SELECT $$x?$$")
    }

    @Test(arguments: [
        ("sqlite:///var/lib/a.db", "/var/lib/a.db"), ("sqlite:data/a.db", "data/a.db"), ("sqlite:a.db", "a.db"),
    ])
    func `a database URL names a file`(url: String, path: String) throws {
        #expect(try DatabaseURL(url) == .sqlite(path: path))
    }

    @Test(arguments: ["", "a.db", "sqlite:", "sqlite://", "sqlite:///tmp/", "mysql://u:p@x", "postgresql://u:p@q@h/d"])
    func `any other database URL is explained, without its password`(url: String) {
        let error = #expect(throws: DatabaseURLError.self) { try DatabaseURL(url) }
        #expect(error?.description.contains("u:p") == false)
    }
}

@Suite struct ConnectionStringTests {
    @Test(arguments: [
        ("postgresql://u:p@h/d", "postgresql://u:p@h/d", true),
        ("postgres://u:p@h:5/d?sslmode=require", "postgresql://u:p@h:5/d?sslmode=require", true),
        (
            "jdbc:postgresql://h/d?user=u&password=p&ssl=no-verify",
            "postgresql://h/d?user=u&password=p&sslmode=require", true
        ),
        ("postgresql+psycopg://u:p@127.0.0.1/d", "postgresql://u:p@127.0.0.1/d", true),
        ("postgres://u@localhost/d?ssl=false", "postgresql://u@localhost/d?sslmode=disable", true),
        ("postgresql+asyncpg://localhost/d?prepared_statement_cache_size=0", "postgresql://localhost/d", false),
        ("postgresql+asyncpg://h/d?ssl=require", "postgresql://h/d?sslmode=require", true),
        (
            "postgresql://u:p@ep-a-pooler.eu.neon.tech/d?sslmode=require&channel_binding=require",
            "postgresql://u:p@ep-a-pooler.eu.neon.tech/d?channel_binding=require&sslmode=require", true
        ),
        ("postgres://h/d?pgbouncer=true&connection_limit=1", "postgresql://h/d", false),
    ])
    func `URLs of hosting services are understood`(given: String, understood: String, prepares: Bool) throws {
        guard case .postgres(let server) = try DatabaseURL(given) else { return #expect(Bool(false)) }
        #expect(server.text == understood)
        #expect(server.preparesStatements == prepares)
        try server.check()
    }
}
