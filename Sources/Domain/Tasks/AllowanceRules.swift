/// How much one account's tasks may take, and how fast they may be written.
package struct AllowanceRules: Sendable {
    /// Bytes, those in the trash included; nil for no limit.
    package var quota: Int64?
    /// Bytes of text in a second; nil for no limit.
    package var rate: Int64?
    /// Bytes of text that may come at once, after a time without.
    package var burst: Int64

    package init(quota: Int64?, rate: Int64?, burst: Int64) {
        self.quota = quota
        self.rate = rate
        self.burst = burst
    }

    package static let none = AllowanceRules(quota: nil, rate: nil, burst: 0)

    /// Refusals name whole megabytes, as the setting does.
    package static func quotaRefusal(of quota: Int64) -> AppError {
        .quotaExceeded(
            "Your tasks take up all of the \(quota >> 20) MiB that an account has. Delete some, or shorten their "
                + "descriptions.")
    }
}
