import Basics
import Storage

/// Reads settings one by one, and collects their problems.
struct SettingReader {
    let sources: SettingSources
    var problems: [String] = []

    init(_ sources: SettingSources) { self.sources = sources }

    mutating func read<Value>(_ setting: Setting, as convert: (String) -> Value?) -> Value? {
        do throws(SettingSources.Problem) {
            guard let text = try sources.value(setting) else { return nil }
            if let value = convert(text) { return value }
            // A secret's value must not appear anywhere, not even in an error message.
            let shown = setting.isSecret ? "" : " is '\(text)', but"
            problems.append("\(setting.name)\(shown) must be \(setting.type).")
        } catch {
            problems.append(error.description)
        }
        return nil
    }

    mutating func readText(_ setting: Setting) -> String? { read(setting, as: { $0 }) }

    mutating func readNumber(_ setting: Setting, in range: ClosedRange<Int>) -> Int? {
        read(setting) { text in
            guard let number = Int(digits: text) else { return nil }
            return range.contains(number) ? number : nil
        }
    }

    /// A switch, in any of the usual words.
    mutating func readSwitch(_ setting: Setting) -> Bool? {
        read(setting) { text in
            switch text.lowercased() {
            case "on", "yes", "true", "1": true
            case "off", "no", "false", "0": false
            default: nil
            }
        }
    }

    /// Origins and patterns of them; each invalid one is a problem of its own.
    mutating func readOrigins(_ setting: Setting) -> [OriginPattern] {
        var origins: [OriginPattern] = []
        for text in read(setting, as: Self.list) ?? [] {
            do throws(OriginPattern.ParseError) { origins.append(try OriginPattern(text)) } catch {
                problems.append("\(setting.name): \(error.description)")
            }
        }
        return origins
    }

    mutating func readDataPlace() -> (directory: String, database: DatabaseURL) {
        let directory = readText(.data) ?? "data"
        var database = DatabaseURL.sqlite(path: directory + "/latchkey.db")
        for setting in [Setting.database, .neonDatabase] {
            guard let text = readText(setting) else { continue }
            do throws(DatabaseURLError) { database = try DatabaseURL(text) } catch {
                // The URL itself is not repeated: it may hold a password.
                problems.append("\(setting.name): \(error.description)")
            }
            break
        }
        return (directory, database)
    }

    mutating func readIsProduction() -> Bool? {
        read(.environment) { $0 == "production" ? true : $0 == "development" ? false : nil }
    }

    static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { String($0.trimmingWhitespace()) }.filter { !$0.isEmpty }
    }
}
