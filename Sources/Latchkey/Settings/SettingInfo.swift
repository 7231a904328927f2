/// The description of a setting, for people.
struct SettingInfo: Sendable {
    let name: String
    /// The format of a value.
    let type: String
    /// The default.
    let standard: String
    let isSecret: Bool
    let help: String
}
