import Templating

/// Finds mistyped names of settings, which would otherwise silently have no effect.
enum SettingNames {
    private static let known = Set(Settings.all.flatMap { $0.isSecret ? [$0.name, $0.name + "_FILE"] : [$0.name] })

    /// A sentence for each such name, in the order of the names.
    static func warnings(about values: [String: String]) -> [String] {
        values.keys.filter { !known.contains($0) }.sorted().compactMap { name in
            if let meant = meant(by: name, among: values) { return "\(name) is not a setting; did you mean \(meant)?" }
            guard name.hasPrefix("LATCHKEY_"), !isMadeByKubernetes(name, values[name] ?? "") else { return nil }
            return "\(name) is not a setting of this version, and has no effect."
        }
    }

    private static func meant(by name: String, among values: [String: String]) -> String? {
        // For requests over http, which other programs on the same machine may send through a proxy.
        guard name != "HTTP_PROXY" else { return nil }
        // Kubernetes gives every container such variables if its namespace has a service named latchkey.
        guard !isMadeByKubernetes(name, values[name] ?? "") else { return nil }
        let plain = name.hasPrefix("LATCHKEY_") ? String(name.dropFirst("LATCHKEY_".count)) : name
        if plain != name, known.contains(plain) { return plain }
        let limit = name.utf8.count <= 10 ? 1 : 2
        // If the setting itself is present, a similar name belongs to another program.
        return known.subtracting(values.keys).map { ($0, Suggestion.distance(from: name.uppercased(), to: $0)) }
            .filter { $0.1 <= limit }.min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
    }

    private static func isMadeByKubernetes(_ name: String, _ value: String) -> Bool {
        name.hasPrefix("LATCHKEY_SERVICE_") || name.hasPrefix("LATCHKEY_PORT_")
            || name == "LATCHKEY_PORT" && value.hasPrefix("tcp://")
    }
}
