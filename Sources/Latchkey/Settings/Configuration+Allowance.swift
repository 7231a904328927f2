import Domain

extension Configuration {
    /// Reads the accounts' limits, and the disk space that tasks leave free.
    mutating func readAllowance(_ reader: inout SettingReader) {
        let quota = Int64(reader.readNumber(.accountQuota, in: 0...1_048_576) ?? 256) << 20
        let rate = Int64(reader.readNumber(.accountRate, in: 0...1_048_576) ?? 1024) << 10
        let burst = Int64(reader.readNumber(.accountBurst, in: 1...1024) ?? 16) << 20
        allowance = AllowanceRules(quota: quota == 0 ? nil : quota, rate: rate == 0 ? nil : rate, burst: burst)
        diskReserve = Int64(reader.readNumber(.diskReserve, in: 0...1_048_576) ?? 64) << 20
    }
}
