extension String {
    /// A code that a person has typed, without white space and dashes, which phones and mail programs put in or replace,
    /// and with ASCII digits for full-width ones.
    package var asTypedCode: String {
        let scalars = unicodeScalars.compactMap { scalar -> Unicode.Scalar? in
            switch scalar.value {
            case 0xFF10...0xFF19: Unicode.Scalar(scalar.value - 0xFF10 + 0x30)
            default: scalar.properties.isWhitespace || scalar.properties.isDash ? nil : scalar
            }
        }
        return String(UnicodeScalarView(scalars))
    }
}
