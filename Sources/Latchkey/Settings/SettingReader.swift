import App
import Basics
import Storage

/// Reads settings one by one, and collects their problems.
struct SettingReader {
    let sources: SettingSources
    var problems: [String] = []

    init(_ sources: SettingSources) { self.sources = sources }

    /// The value, or the default where there is none or an invalid one.
    /// - Parameter isAllowed: a rule that depends on other settings.
    mutating func read<Value>(_ setting: Setting<Value>, where isAllowed: (Value) -> Bool = { _ in true }) -> Value {
        do throws(SettingSources.Problem) {
            guard let text = try sources.value(setting.info) else { return setting.standard }
            if let value = setting.parse(text), isAllowed(value) { return value }
            // A secret's value must not appear anywhere, not even in an error message.
            let shown = setting.info.isSecret ? "" : " is '\(text)', but"
            problems.append("\(setting.name)\(shown) must be \(setting.info.type).")
        } catch {
            problems.append(error.description)
        }
        return setting.standard
    }

    /// True if any source has a value, valid or not.
    func isSet<Value>(_ setting: Setting<Value>) -> Bool { isSet(setting.info) }

    func isSet(_ setting: SettingInfo) -> Bool {
        do { return try sources.value(setting) != nil } catch { return true }
    }

    /// Origins and patterns of them; each invalid one is a problem of its own.
    mutating func readOrigins(_ setting: Setting<[String]>) -> [OriginPattern] {
        var origins: [OriginPattern] = []
        for text in read(setting) {
            do throws(OriginPattern.ParseError) { origins.append(try OriginPattern(text)) } catch {
                problems.append("\(setting.name): \(error.description)")
            }
        }
        return origins
    }

    /// - Parameter data: the data directory.
    mutating func readBackupFolder(in data: String) -> BackupFolder {
        BackupFolder(read(Settings.backupDirectory) ?? data + "/backups")
    }

    mutating func readDataPlace() -> (directory: String, database: DatabaseURL) {
        let directory = read(Settings.data)
        var database = DatabaseURL.sqlite(path: directory + "/latchkey.db")
        for setting in [Settings.database, Settings.neonDatabase] {
            guard let text = read(setting) else { continue }
            do throws(DatabaseURLError) { database = try DatabaseURL(text) } catch {
                // The URL itself is not repeated: it may hold a password.
                problems.append("\(setting.name): \(error.description)")
            }
            break
        }
        return (directory, database)
    }
}
