/// SQL text and the values that belong to it. What is interpolated becomes a bound value, never text:
///
///     let query: SQL = "SELECT title FROM tasks WHERE id = \(id)"      // … WHERE id = $1
///
/// Placeholders are numbered in order of appearance and used once each, which SQLite (where `$2` is a name) and
/// PostgreSQL (where it is a number) read alike.
package struct SQL: ExpressibleByStringInterpolation, Sendable {
    package let text: String
    package let values: [SQLValue]

    /// Trusted text, composed of names in our own schema.
    init(text: String, values: [SQLValue]) {
        self.text = text
        self.values = values
    }

    package init(stringLiteral value: String) {
        text = value
        values = []
    }

    package init(stringInterpolation: StringInterpolation) {
        text = stringInterpolation.text
        values = stringInterpolation.values
    }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""
        fileprivate var values: [SQLValue] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + 3 * interpolationCount)
            values.reserveCapacity(interpolationCount)
        }

        package mutating func appendLiteral(_ literal: String) { text += literal }

        package mutating func appendInterpolation(_ value: some SQLConvertible) {
            values.append(value.sqlValue)
            text += "$\(values.count)"
        }

        /// Nil is NULL.
        package mutating func appendInterpolation<Value: SQLConvertible>(_ value: Value?) {
            values.append(value?.sqlValue ?? .null)
            text += "$\(values.count)"
        }

        package mutating func appendInterpolation(_ part: SQLColumns) { text += part.text }
    }
}

extension String: SQLConvertible { package var sqlValue: SQLValue { .text(self) } }
extension Int64: SQLConvertible { package var sqlValue: SQLValue { .integer(self) } }
extension Int: SQLConvertible { package var sqlValue: SQLValue { .integer(Int64(self)) } }
extension Bool: SQLConvertible { package var sqlValue: SQLValue { .bool(self) } }
extension [UInt8]: SQLConvertible { package var sqlValue: SQLValue { .bytes(self) } }
