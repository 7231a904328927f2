extension FixedWidthInteger {
    /// A number that is written in ASCII digits and nothing else, as `1*DIGIT` in the RFCs.
    ///
    /// - Returns: nil for no digits, for a sign, a blank, a letter or a digit of another script, and for a number that
    ///   is too large. Swift's own initializer takes `+5` and `-0`.
    package init?(digits: some Sequence<UInt8>) {
        var value: Self = 0
        var isEmpty = true
        for byte in digits {
            guard (0x30...0x39).contains(byte) else { return nil }
            let (product, overflowed) = value.multipliedReportingOverflow(by: 10)
            let (sum, carried) = product.addingReportingOverflow(Self(byte & 0x0F))
            guard !overflowed, !carried else { return nil }
            value = sum
            isEmpty = false
        }
        guard !isEmpty else { return nil }
        self = value
    }
}
