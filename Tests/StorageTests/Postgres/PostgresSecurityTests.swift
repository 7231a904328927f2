import Domain
import Testing

@testable import Storage

@Suite struct PostgresSecurityTests {
    private func server(_ url: String) throws -> PostgresServer {
        guard case .postgres(let server) = try DatabaseURL(url) else { throw StorageError.failed(url) }
        return server
    }

    /// As Supabase, Amazon RDS, Azure, Heroku and Railway hand them out: nothing about security, and a host on the
    /// Internet.
    @Test(arguments: [
        "postgresql://postgres:p@db.abcdefghijkl.supabase.co:5432/postgres",
        "postgres://postgres.abc:p@aws-0-eu-central-1.pooler.supabase.com:6543/postgres",
        "postgresql+psycopg://u:p@mydb.123456789012.us-east-1.rds.amazonaws.com:5432/mydb",
        "postgresql+asyncpg://u:p@name.postgres.database.azure.com/postgres",
        "postgres://u:p@ec2-1-2-3-4.compute-1.amazonaws.com:5432/d", "postgresql://u:p@viaduct.proxy.rlwy.net:12345/r",
        "postgresql://u:p@8.8.8.8/d", "postgresql://u:p@[2001:db8::1]:5432/d",
        "postgresql://localhost,db.example.com/d",
        "postgresql:///d?host=db.example.com", "jdbc:postgresql://db.example.com/d?user=u&password=p",
    ])
    func `a server on another machine is verified by default`(url: String) throws {
        let server = try server(url)
        #expect(server.text.contains("sslmode=verify-full"), "\(server.text)")
        #expect(server.text.contains("sslrootcert=/"), "\(server.text)")
        #expect(server.warning == nil)
    }

    @Test(
        arguments: ["true", "1", "on"],
        ["postgresql://127.0.0.1/d", "jdbc:postgresql://db.example.com/d", "postgres://db/d"])
    func `ssl=true verifies, as to JDBC, node-postgres and asyncpg`(value: String, url: String) throws {
        #expect(try server("\(url)?ssl=\(value)").text.contains("sslmode=verify-full&sslrootcert=/"))
    }

    @Test(arguments: [
        ("?sslmode=require", "require"), ("?sslmode=require&channel_binding=require", "require"),
        ("?sslmode=disable", "disable"), ("?ssl=require", "require"), ("?ssl=false", "disable"),
        ("?sslmode=no-verify", "require"), ("?ssl=true&sslmode=verify-ca", "verify-ca"),
        ("?ssl=true&sslfactory=org.postgresql.ssl.NonValidatingFactory", "require"),
    ])
    func `an explicit mode in the URL is kept`(query: String, mode: String) throws {
        let server = try server("postgresql://u:p@db.example.com/d" + query)
        #expect(server.text.contains("sslmode=\(mode)"), "\(server.text)")
        #expect(server.text.contains("channel_binding=require") == query.contains("channel_binding"))
        #expect(server.warning == nil)
    }

    @Test func `named root certificates are used, and the system's by name`() throws {
        #expect(
            try server("postgresql://db.example.com/d?sslrootcert=/own.crt").text
                .hasSuffix("?sslmode=verify-full&sslrootcert=/own.crt"))
        let system = try server("postgresql://127.0.0.1/d?sslrootcert=system").text
        #expect(system.contains("sslmode=verify-full&sslrootcert=/"), "\(system)")
    }

    @Test(arguments: [
        "postgresql://db/d", "postgresql://postgres:5432/d", "postgresql://10.1.2.3/d", "postgresql://192.168.0.5/d",
        "postgresql://postgres.railway.internal:5432/d", "postgresql://db.default.svc.cluster.local/d",
        "postgresql://[fd12::1]/d", "postgresql://app-db.flycast/d",
    ])
    func `a private network gets a warning that says what to write`(url: String) throws {
        let server = try server(url)
        #expect(!server.text.contains("sslmode"))
        let warning = try #require(server.warning)
        #expect(warning.contains("sslmode=verify-full") && warning.contains("sslmode=disable"))
        #expect(try self.server(url + "?sslmode=disable").warning == nil)
    }

    @Test(arguments: [
        "postgresql:///d", "postgresql://localhost/d", "postgresql://u:p@127.0.0.1:5/d", "postgresql://[::1]/d",
        "postgresql://%2Fvar%2Frun%2Fpostgresql/d", "postgresql:///d?host=/var/run/postgresql",
    ])
    func `this machine is connected to as libpq does`(url: String) throws {
        let server = try server(url)
        #expect(server.text == url && server.warning == nil)
    }

    /// As libpq words them, in verbose mode.
    @Test(arguments: [
        (
            "FATAL:  28P01: password authentication failed for user \"a\"\nLOCATION:  auth_failed, auth.c:337\n",
            "refused"
        ),
        (
            "connection to server at \"h\" (::1), port 5 failed: FATAL:  3D000: database \"x\" does not exist\n",
            "no database"
        ),
        ("FATAL:  53300: sorry, too many clients already\nLOCATION:  x\n", "no more connections"),
        ("FATAL:  57P03: the database system is starting up\n", "reached"),
        ("connection to server at \"h\", port 5432 failed: Connection refused\n\tIs the server running?\n", "reached"),
        ("server certificate for \"a\" does not match host name \"b\"", "verified"),
        ("server does not support SSL, but SSL was required", "verified"),
    ])
    func `a failed connection is explained`(message: String, sentence: String) {
        let trouble = StorageTrouble(connecting: message)
        let expected = sentence == "refused" ? "refuses this server's" : sentence
        #expect(trouble.sentence.contains(expected), "\(trouble)")
    }
}
