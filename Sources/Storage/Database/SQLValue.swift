/// A value as both databases know it.
package enum SQLValue: Sendable, Equatable {
    case null
    case text(String)
    case integer(Int64)
    case bool(Bool)
    case bytes([UInt8])
}

package protocol SQLConvertible {
    var sqlValue: SQLValue { get }
}
