/// Facts about the program, for its admins.
package struct ServerFacts: Sendable {
    package var version: String
    /// All settings, in the order of their table.
    package var settings: [ShownSetting]
    /// The backups, newest first.
    package var backups: @Sendable () async throws -> [BackupFile]

    package init(
        version: String = "", settings: [ShownSetting] = [],
        backups: @escaping @Sendable () async throws -> [BackupFile] = { [] }
    ) {
        (self.version, self.settings, self.backups) = (version, settings, backups)
    }
}
