extension String {
    /// The text with a capital for its first letter, if that is an ASCII one.
    package var withInitialCapital: String {
        guard let first = utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else { return self }
        return String(UnicodeScalar(first - 0x20)) + Substring(utf8.dropFirst())
    }
}
