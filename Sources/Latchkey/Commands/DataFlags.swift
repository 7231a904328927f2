import ArgumentParser
import FoundationEssentials

/// The data's location: the flags of all commands that use it.
struct DataFlags: ParsableArguments {
    @Option(help: "Where the database and the secret are kept (LATCHKEY_DATA; data).") var data: String?
    @Option(help: "Where the data lives (DATABASE_URL; a file in the data directory).") var databaseURL: String?

    /// These flags, the environment and `.env`.
    func sources() throws -> SettingSources {
        try SettingSources.current([(Settings.data.info, data), (Settings.database.info, databaseURL)])
    }
}
