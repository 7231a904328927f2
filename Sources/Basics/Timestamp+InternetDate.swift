extension Timestamp {
    /// The English abbreviations, from January on.
    private static let monthNames = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `Thu, 26 Nov 2026 15:16:15` in UTC. With ` GMT` it is an HTTP date (RFC 9110, section 5.6.7), with ` +0000` one
    /// of mail (RFC 5322, section 3.3).
    package var internetDate: String {
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]  // 1 January 1970 was a Thursday.
        let date = Self.civil(fromDays: days)
        let second = (milliseconds &- days &* 86_400_000) / 1000
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let weekday = weekdays[Int((days % 7 + 7) % 7)]
        let month = Self.monthNames[Int(date.month - 1) % 12]
        let clock = "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))"
        return "\(weekday), \(two(date.day)) \(month) \(date.year) \(clock)"
    }
}
