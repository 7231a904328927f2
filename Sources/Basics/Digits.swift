extension FixedWidthInteger {
    /// Parses a number as protocols and files write it: decimal digits without sign, separators or surrounding text,
    /// within the type's range. Swift's own `Int(text)` accepts signs, and a negative length can crash a program.
    package init?(digits bytes: some Sequence<UInt8>) {
        var value: Self = 0
        var isEmpty = true
        for byte in bytes {
            guard byte.isDigit else { return nil }
            let (tens, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, isStillTooLarge) = tens.addingReportingOverflow(Self(byte & 0x0F))
            guard !isTooLarge, !isStillTooLarge else { return nil }
            value = sum
            isEmpty = false
        }
        guard !isEmpty else { return nil }
        self = value
    }

    package init?(digits text: some StringProtocol) { self.init(digits: text.utf8) }
}
