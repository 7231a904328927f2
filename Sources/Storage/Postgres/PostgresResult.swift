import CPostgres

/// The answer to one statement.
final class PostgresResult {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }

    deinit { latchkey_PQclear(pointer) }

    var isSuccess: Bool {
        let status = latchkey_PQresultStatus(pointer)
        return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK
    }

    /// True for an error that is libpq's own: the connection is lost.
    var isLoss: Bool {
        latchkey_PQresultStatus(pointer) == PGRES_FATAL_ERROR && field(latchkey_diagnostic_sqlstate) == nil
    }

    /// True if the server has refused the statement, and so runs none of those that were sent with it. Anything more
    /// severe ends the connection, and may be the word of a pooler, behind which the server goes on.
    var isRefusal: Bool {
        field(latchkey_diagnostic_severity) == "ERROR" && field(latchkey_diagnostic_sqlstate)?.hasPrefix("08") == false
    }

    /// A field of an error (postgresql.org/docs/current/protocol-error-fields.html).
    func field(_ code: Int32) -> String? { latchkey_PQresultErrorField(pointer, code).map { String(cString: $0) } }

    var rowCount: Int32 { latchkey_PQntuples(pointer) }
    /// The number of rows that were changed.
    var changedRows: Int { Int(digits: String(cString: latchkey_PQcmdTuples(pointer))) ?? 0 }
    /// The statement's kind, such as `COMMIT`, with what it did.
    var tag: String { String(cString: latchkey_PQcmdStatus(pointer)) }
}
