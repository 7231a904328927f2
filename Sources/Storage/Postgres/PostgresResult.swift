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
        latchkey_PQresultStatus(pointer) == PGRES_FATAL_ERROR
            && latchkey_PQresultErrorField(pointer, latchkey_diagnostic_sqlstate) == nil
    }

    var rowCount: Int32 { latchkey_PQntuples(pointer) }
    /// The number of rows that were changed.
    var changedRows: Int { Int(digits: String(cString: latchkey_PQcmdTuples(pointer))) ?? 0 }
    /// The statement's kind, such as `COMMIT`, with what it did.
    var tag: String { String(cString: latchkey_PQcmdStatus(pointer)) }
}
