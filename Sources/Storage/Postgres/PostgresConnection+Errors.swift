import CPostgres
import Domain

extension PostgresConnection {
    /// Discards the connection, and returns the reason in libpq's own words, which contain no password.
    func lost() -> StorageError {
        condition = .lost
        let message = String(cString: latchkey_PQerrorMessage(handle))
        // libpq may take part of a password for a port if it was not percent-encoded in the string.
        guard !message.hasPrefix("invalid port"), !message.hasPrefix("invalid integer") else {
            return .unusable("DATABASE_URL names a port that is not a number from 1 to 65535.")
        }
        // The location in PostgreSQL's source that accompanies the code.
        let lines = message.split(separator: "\n").filter { !$0.hasPrefix("LOCATION:") }
        let text = "PostgreSQL: \(lines.joined(separator: " "))"
        guard isConnecting else { return .unavailable(text) }
        let trouble = StorageTrouble(connecting: message)
        guard trouble == .untrusted else { return .unavailable(text, trouble) }
        return .unavailable("\(text) \(server.advice(whenUntrusted: message))", trouble)
    }

    /// Errors are classified by SQLSTATE (postgresql.org/docs/current/errcodes-appendix.html).
    func error(_ result: PostgresResult, _ doing: String) -> StorageError {
        let code = result.field(latchkey_diagnostic_sqlstate) ?? ""
        let message = result.field(latchkey_diagnostic_message) ?? ""
        let text = "PostgreSQL \(code): \(message) (\(doing.prefix(120)))"
        if !result.isRefusal { condition = .lost }
        switch code {
        case "23505": return .uniqueViolation(text)
        case "23503": return .foreignKeyViolation(text)
        case "40001", "40P01":
            condition = .collided
            return .unavailable(text, .slow)
        case "26000", "42P05":
            condition = .statementsLost
            return .unavailable(text)
        // A cached plan whose table has changed; an idle timeout; a server that has become a read-only standby.
        case "0A000", "25006", "25P03", "57P01", "57P02", "57P03", "57P05", "":
            condition = .lost
            return .unavailable(text, StorageTrouble(sqlState: code) ?? .unreachable)
        // Corruption in a table or an index.
        case "XX001", "XX002": return .unusable(text)
        default: break
        }
        if code.hasPrefix("23") { return .constraintViolation(text) }
        return StorageTrouble(sqlState: code).map { .unavailable(text, $0) } ?? .failed(text)
    }
}
