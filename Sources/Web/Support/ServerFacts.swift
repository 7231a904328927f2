/// Facts about the program, for its admins.
package struct ServerFacts: Sendable {
    package var version: String
    /// All settings, in the order of their table.
    package var settings: [ShownSetting]
    /// The backups, newest first.
    package var backups: @Sendable () async throws -> [BackupFile]
    /// The figures since the start, at most of a day, the oldest first; none where they are not noted.
    package var samples: @Sendable () async -> [ServerSample]

    package init(
        version: String = "", settings: [ShownSetting] = [],
        backups: @escaping @Sendable () async throws -> [BackupFile] = { [] },
        samples: @escaping @Sendable () async -> [ServerSample] = { [] }
    ) {
        (self.version, self.settings, self.backups, self.samples) = (version, settings, backups, samples)
    }
}
