/// One problem in a template, with its location.
package struct TemplateError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path below the template directory, with `.html`.
    package let file: String
    /// Counted from 1.
    package let line: Int
    /// Counted from 1, in Unicode scalars.
    package let column: Int
    package let message: String
    /// The line concerned, without its line ending; for a very long line, the part around the column.
    package let sourceLine: String
    /// The number of scalars of `sourceLine` before the column.
    let caret: Int

    /// `file:line:column: message`, the line, and a caret under the column.
    package var description: String {
        var text = ""
        var padding = ""
        for (offset, scalar) in sourceLine.unicodeScalars.enumerated() {
            // A control character could manipulate the terminal's output.
            let isControl = scalar.value < 0x20 && scalar != "\t" || scalar.value == 0x7F
            text.unicodeScalars.append(isControl ? "\u{FFFD}" : scalar)
            if offset < caret { padding.append(scalar == "\t" ? "\t" : " ") }
        }
        return "\(file):\(line):\(column): \(message)\n    \(text)\n    \(padding)^"
    }
}
