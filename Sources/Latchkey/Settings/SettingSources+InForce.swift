import Web

extension SettingSources {
    /// All settings with their values and where each comes from. Secrets are not among the values.
    func settingsInForce() -> [ShownSetting] {
        settings.map { setting in
            for (source, name) in [(flags, "a flag"), (environment, "the environment"), (dotEnv, ".env")] {
                if let text = source[setting.name], !text.isEmpty {
                    return ShownSetting(
                        name: setting.name, text: setting.isSecret ? nil : text, source: name)
                }
                if setting.isSecret, let path = source[setting.name + "_FILE"], !path.isEmpty {
                    return ShownSetting(name: setting.name, text: nil, source: "\(setting.name)_FILE in \(name)")
                }
            }
            return ShownSetting(name: setting.name, text: setting.standard, source: nil)
        }
    }
}
