/// Limits on the size of one account's tasks and on its write rate.
package struct AllowanceRules: Sendable {
    /// Bytes, including the trash; nil for no limit.
    package var quota: Int64?
    /// Bytes of text per second; nil for no limit.
    package var rate: Int64?
    /// Bytes of text that may be written at once after an idle period.
    package var burst: Int64

    package init(quota: Int64?, rate: Int64?, burst: Int64) {
        self.quota = quota
        self.rate = rate
        self.burst = burst
    }

    package static let none = AllowanceRules(quota: nil, rate: nil, burst: 0)

    /// Refusals name whole megabytes, like the setting.
    package static func quotaRefusal(of quota: Int64) -> AppError {
        .quotaExceeded(
            "Your tasks take up all of the \(quota >> 20) MiB that an account has. Delete some, or shorten their "
                + "descriptions.")
    }
}
