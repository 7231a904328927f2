/// SQL text and the values that belong to it. An interpolated value is bound, and never becomes text; interpolated SQL
/// becomes a part of the statement, with its own values:
///
///     let isOpen: SQL = "completed_at IS NULL AND owner_id = \(owner)"
///     let query: SQL = "SELECT title FROM tasks WHERE \(isOpen) AND id = \(id)"  // … owner_id = $1 AND id = $2
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

    /// Names in our own schema.
    init(trusted text: String) { self.init(text: text, values: []) }

    /// A value alone.
    init(value: SQLValue) { self.init(text: "$1", values: [value]) }

    package init(stringLiteral value: String) {
        text = value
        values = []
    }

    package init(stringInterpolation: StringInterpolation) {
        text = stringInterpolation.text
        values = stringInterpolation.values
    }

    /// The parts with `separator` between them, as for `AND` or commas.
    package static func joined(_ parts: [SQL], by separator: StaticString) -> SQL {
        var whole = StringInterpolation(literalCapacity: 0, interpolationCount: 0)
        for (index, part) in parts.enumerated() {
            if index > 0 { whole.appendLiteral("\(separator)") }
            whole.appendInterpolation(part)
        }
        return SQL(stringInterpolation: whole)
    }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""
        fileprivate var values: [SQLValue] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + 3 * interpolationCount)
            values.reserveCapacity(interpolationCount)
        }

        package mutating func appendLiteral(_ literal: String) { text += literal }

        /// Inserts a part whose placeholders, numbered from 1, are numbered on from those before it.
        package mutating func appendInterpolation(_ part: SQL) {
            guard !values.isEmpty, !part.values.isEmpty else {
                text += part.text
                values += part.values
                return
            }
            var rest = Substring(part.text)
            while let mark = rest.utf8.firstIndex(of: UInt8(ascii: "$")) {
                let digits = rest[rest.utf8.index(after: mark)...].utf8.prefix { (0x30...0x39).contains($0) }
                text += rest[...mark]
                if let number = Int(Substring(digits)) { text += String(values.count + number) }
                rest = rest[digits.endIndex...]
            }
            text += rest
            values += part.values
        }

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
