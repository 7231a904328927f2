/// A day of the week; the raw value counts from Monday, 0.
package enum Weekday: Int, Sendable, Hashable, CaseIterable {
    case monday, tuesday, wednesday, thursday, friday, saturday, sunday

    /// The English name in lower case.
    package var name: String { Self.names[rawValue] }
    private static let names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

    package init?(name: some StringProtocol) {
        guard let day = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = day
    }

    /// The two letters of RFC 5545, section 3.3.10.
    package var code: String { Self.codes[rawValue] }
    private static let codes = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]

    /// - Parameter code: two capital letters.
    package init?(code: some StringProtocol) {
        guard let index = Self.codes.firstIndex(where: { $0 == code }) else { return nil }
        self.init(rawValue: index)
    }

    /// The number of days from the last `other` up to this day, 0–6.
    package func days(since other: Weekday) -> Int { (rawValue - other.rawValue + 7) % 7 }
}
