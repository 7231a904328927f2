/// SQL text and the values that belong to it. An interpolated value is bound, and never becomes text; interpolated SQL
/// becomes a part of the statement, with its own values:
///
///     let isOpen: SQL = "completed_at IS NULL AND owner_id = \(owner)"
///     let query: SQL = "SELECT title FROM tasks WHERE \(isOpen) AND id = \(id)"  // … owner_id = ? AND id = ?
///
/// Each value has a `?` in the text, in the same order. SQLite reads that as it is; for PostgreSQL they are numbered. A
/// text with values has no other `?`.
package struct SQL: ExpressibleByStringInterpolation, Sendable {
    package let text: String
    package let values: [SQLValue]

    private init(text: String, values: [SQLValue]) {
        self.text = text
        self.values = values
    }

    /// Trusted text without values, composed of names in our own schema.
    init(trusted text: String) { self.init(text: text, values: []) }

    /// A value alone.
    init(value: SQLValue) { self.init(text: "?", values: [value]) }

    package init(stringLiteral value: String) {
        text = value
        values = []
    }

    package init(stringInterpolation: StringInterpolation) {
        text = stringInterpolation.text
        values = stringInterpolation.values
    }

    /// The parts with `separator` between them, as for `AND` or commas.
    package static func joined(_ parts: [SQL], by separator: SQL) -> SQL {
        var whole = StringInterpolation(literalCapacity: 0, interpolationCount: parts.count)
        for (index, part) in parts.enumerated() {
            if index > 0 { whole.appendInterpolation(separator) }
            whole.appendInterpolation(part)
        }
        return SQL(stringInterpolation: whole)
    }

    /// The length to which a list of values is filled up. There are a few only, as each is a prepared statement. (An array,
    /// whose length PostgreSQL does not know in advance, would be planned anew each time.)
    static func listLength(for count: Int) -> Int { [1, 4, 16, 64, 256].first { $0 >= count } ?? count }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""
        fileprivate var values: [SQLValue] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            // Parts have some words each.
            text.reserveCapacity(literalCapacity + 48 * interpolationCount)
            values.reserveCapacity(interpolationCount)
        }

        package mutating func appendLiteral(_ literal: String) { text += literal }

        package mutating func appendInterpolation(_ part: SQL) {
            text += part.text
            values += part.values
        }

        package mutating func appendInterpolation(_ value: some SQLConvertible) {
            values.append(value.sqlValue)
            text += "?"
        }

        /// Nil is NULL.
        package mutating func appendInterpolation<Value: SQLConvertible>(_ value: Value?) {
            values.append(value?.sqlValue ?? .null)
            text += "?"
        }

        package mutating func appendInterpolation(_ part: SQLColumns) { text += part.text }
    }
}

extension String: SQLConvertible { package var sqlValue: SQLValue { .text(self) } }
extension Int64: SQLConvertible { package var sqlValue: SQLValue { .integer(self) } }
extension Int: SQLConvertible { package var sqlValue: SQLValue { .integer(Int64(self)) } }
extension Bool: SQLConvertible { package var sqlValue: SQLValue { .bool(self) } }
extension [UInt8]: SQLConvertible { package var sqlValue: SQLValue { .bytes(self) } }
