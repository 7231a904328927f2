import Basics
import JSON

extension SettingReader {
    /// The entries of the JSON file that a setting names, each with its place for messages; none if there is no file, or
    /// it is unusable, which is a problem then.
    /// - Parameter members: what an entry must have, for the message about a file that is no array.
    mutating func readEntries(_ setting: Setting<String?>, each members: String) -> [(place: String, entry: JSONValue)]
    {
        guard let path = read(setting) else { return [] }
        let name = "\(setting.name): \(path)"
        guard let data = try? SystemError.bytes(ofFile: path) else {
            problems.append("\(name) cannot be read.")
            return []
        }
        let document: JSONValue
        do throws(JSONError) { document = try JSONReader.read(data) } catch {
            problems.append("\(name): \(error.description)")
            return []
        }
        guard case .array(let entries) = document else {
            problems.append("\(name) must hold an array of objects, each with \(members).")
            return []
        }
        return entries.enumerated().map { ("\(name), entry \($0.offset + 1)", $0.element) }
    }
}
