extension StringProtocol {
    /// True if the text has a visible character: a scalar that is not a space, control, format character or filler, and
    /// not a combining mark.
    package var isVisible: Bool { unicodeScalars.contains(where: \.isVisible) }
}

extension Unicode.Scalar {
    /// Characters that are invisible although Unicode counts them among letters and symbols: the Braille pattern
    /// without dots, and the Hangul fillers.
    private static let blanks: Set<UInt32> = [0x2800, 0x115F, 0x1160, 0x3164, 0xFFA0]

    fileprivate var isVisible: Bool {
        if isASCII { return value > 0x20 && value < 0x7F }
        switch properties.generalCategory {
        case .control, .format, .spaceSeparator, .lineSeparator, .paragraphSeparator, .nonspacingMark, .enclosingMark,
            .spacingMark:
            return false
        default:
            return !properties.isDefaultIgnorableCodePoint && !Self.blanks.contains(value)
        }
    }
}
