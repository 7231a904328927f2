/// All problems with the settings, each naming its setting.
struct SettingProblems: Error, CustomStringConvertible {
    let all: [String]
    var description: String { all.joined(separator: "\n") }
}
