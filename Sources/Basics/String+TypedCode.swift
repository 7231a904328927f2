extension String {
    /// A code that a person has typed, without white space and dashes, which phones and mail programs put in or replace,
    /// and with ASCII digits for full-width ones. Nil for a text of over 128 bytes, which cannot be one.
    package var asTypedCode: String? {
        guard utf8.count <= 128 else { return nil }
        let scalars = unicodeScalars.compactMap { scalar -> Unicode.Scalar? in
            switch scalar.value {
            case 0xFF10...0xFF19: Unicode.Scalar(scalar.value - 0xFF10 + 0x30)
            default: scalar.properties.isWhitespace || scalar.properties.isDash ? nil : scalar
            }
        }
        return String(UnicodeScalarView(scalars))
    }
}
