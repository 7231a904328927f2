import Testing

@testable import Storage

@Suite struct DatabaseURLTests {
    @Test(arguments: [
        ("sqlite:own.db", "own.db"), ("sqlite:./own.db", "./own.db"), ("sqlite:data/own.db", "data/own.db"),
        ("sqlite:/var/lib/own.db", "/var/lib/own.db"), ("sqlite:///var/lib/own.db", "/var/lib/own.db"),
        // As SQLAlchemy and the documents of FastAPI write them.
        ("sqlite:///./sql_app.db", "./sql_app.db"), ("sqlite:///../own.db", "../own.db"),
        ("sqlite:////var/lib/own.db", "/var/lib/own.db"), ("sqlite:////own.db", "/own.db"),
        ("sqlite+aiosqlite:///./test.db", "./test.db"), ("sqlite+pysqlite:////tmp/a b.db", "/tmp/a b.db"),
    ])
    func `names a file`(text: String, path: String) throws {
        #expect(try DatabaseURL(text) == .sqlite(path: path))
    }

    @Test(arguments: [
        "", "sqlite", "sqlite:", "sqlite://", "sqlite:///", "sqlite:///data/", "mysql://h/d", "sqlite3:///a/b",
        // Beside the program for SQLAlchemy, in the root directory by our own documents.
        "sqlite:///own.db", "sqlite:///:memory:", "sqlite::memory:", "sqlite:///./own.db?check_same_thread=false",
    ])
    func `a URL that names no file, or an ambiguous one, is refused`(text: String) {
        #expect(throws: DatabaseURLError.self) { try DatabaseURL(text) }
    }
}
