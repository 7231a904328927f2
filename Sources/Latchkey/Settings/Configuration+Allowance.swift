import Domain

extension Configuration {
    /// Reads the accounts' limits, and the disk space that tasks leave free.
    mutating func readAllowance(_ reader: inout SettingReader) {
        let quota = Int64(reader.read(Settings.accountQuota)) << 20
        let rate = Int64(reader.read(Settings.accountRate)) << 10
        let burst = Int64(reader.read(Settings.accountBurst)) << 20
        allowance = AllowanceRules(quota: quota == 0 ? nil : quota, rate: rate == 0 ? nil : rate, burst: burst)
        diskReserve = Int64(reader.read(Settings.diskReserve)) << 20
    }
}
