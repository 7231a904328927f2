import Storage
import Testing

@Suite struct SQLTests {
    @Test func `what is interpolated becomes a numbered value, never text`() {
        let name = "x'); DROP TABLE tasks; --"
        let sql: SQL =
            "SELECT * FROM tasks WHERE title = \(name) AND n = \(5) AND b = \(true) AND z IS \(nil as String?)"
        #expect(sql.text == "SELECT * FROM tasks WHERE title = $1 AND n = $2 AND b = $3 AND z IS $4")
        #expect(sql.values == [.text(name), .integer(5), .bool(true), .null])
    }

    @Test func `column lists are text that only the program can write`() {
        let columns = SQLColumns("a, b")
        let sql: SQL = "SELECT \(columns) FROM t WHERE a = \("x")"
        #expect(sql.text == "SELECT a, b FROM t WHERE a = $1")
    }

    @Test(arguments: [
        ("sqlite:///var/lib/a.db", "/var/lib/a.db"), ("sqlite:data/a.db", "data/a.db"), ("sqlite:a.db", "a.db"),
    ])
    func `a database URL names a file`(url: String, path: String) throws {
        #expect(try DatabaseURL(url) == .sqlite(path: path))
    }

    @Test(arguments: ["", "a.db", "sqlite:", "sqlite://", "sqlite:///tmp/", "mysql://x", "postgresql://u:p@h/d"])
    func `anything else says what is wrong, and repeats no password`(url: String) {
        let error = #expect(throws: DatabaseURL.ParseError.self) { try DatabaseURL(url) }
        #expect(error?.description.contains("u:p") == false)
    }
}
