import Basics

/// The sources of settings: flags first, then the environment, then `.env`. A secret may also be in a file of its own,
/// which `NAME_FILE` names.
struct SettingSources: Sendable {
    var flags: [String: String] = [:]
    var environment: [String: String] = [:]
    var dotEnv: [String: String] = [:]

    /// All names in the environment and in `.env`.
    var named: [String: String] { environment.merging(dotEnv) { own, _ in own } }

    /// The place that a value came from.
    enum Origin: Sendable, Equatable {
        case flag
        case environment
        case dotEnv
        /// The file that `NAME_FILE` names.
        case file(String)
    }

    /// The value of a setting, or nil if none of the sources has one. Empty counts as none, as a compose file passes an
    /// unset variable that way.
    /// - Throws: `Problem` for a `NAME_FILE` that cannot be read, or that is set together with `NAME`.
    func value(_ setting: SettingInfo) throws(Problem) -> String? { try find(setting)?.value }

    /// The value of a setting, and where it was found.
    func find(_ setting: SettingInfo) throws(Problem) -> (value: String, origin: Origin)? {
        let sources: [([String: String], Origin)] = [
            (flags, .flag), (environment, .environment), (dotEnv, .dotEnv),
        ]
        for (source, origin) in sources {
            let plain = source[setting.name].flatMap { $0.isEmpty ? nil : $0 }
            guard setting.isSecret, let path = source[setting.name + "_FILE"], !path.isEmpty else {
                if let plain { return (plain, origin) }
                continue
            }
            guard plain == nil else {
                throw Problem(description: "\(setting.name) and \(setting.name)_FILE are both set; keep one.")
            }
            let bytes: [UInt8]
            do throws(SystemError) { bytes = try SystemError.bytes(ofFile: path) } catch {
                throw Problem(description: "\(setting.name)_FILE: \(path) cannot be read: \(error).")
            }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw Problem(description: "\(setting.name)_FILE: \(path) is not UTF-8.")
            }
            // Editors and `echo` end a file with a line break that is not part of the secret.
            return (String(text.prefix { !$0.isNewline }), .file(path))
        }
        return nil
    }

    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    /// Reads `NAME=value` lines; `#` begins a comment, quotes are removed, `export` before a name is allowed.
    static func parse(dotEnv text: String) throws(Problem) -> [String: String] {
        var values: [String: String] = [:]
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            var line = line.trimmingWhitespace()
            if line.isEmpty || line.hasPrefix("#") { continue }
            if line.hasPrefix("export ") { line = line.dropFirst(7).trimmingWhitespace() }
            guard let equals = line.firstIndex(of: "=") else {
                throw Problem(description: ".env, line \(index + 1): NAME=value is expected here.")
            }
            let name = line[..<equals].trimmingWhitespace()
            guard !name.isEmpty else {
                throw Problem(description: ".env, line \(index + 1): there is no name before the equals sign.")
            }
            var value = line[line.index(after: equals)...].trimmingWhitespace()
            if let quote = value.first, quote == "\"" || quote == "'" {
                guard value.count >= 2, let end = value.dropFirst().firstIndex(of: quote) else {
                    throw Problem(description: ".env, line \(index + 1): the quote is not closed.")
                }
                let rest = value[value.index(after: end)...].trimmingWhitespace()
                guard rest.isEmpty || rest.hasPrefix("#") else {
                    throw Problem(description: ".env, line \(index + 1): something follows the closing quote.")
                }
                value = value[value.index(after: value.startIndex)..<end]
            } else if let comment = value.firstRange(of: " #") {
                value = value[..<comment.lowerBound].trimmingWhitespace()
            }
            values[String(name)] = String(value)
        }
        return values
    }
}
