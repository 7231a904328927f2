import Basics

/// A setting as this process has it, and where that came from; for people, so without secrets.
struct SettingInForce: Sendable {
    let info: SettingInfo
    /// Nil if it is not set, or secret.
    let value: String?
    /// Nil for the default.
    let origin: SettingSources.Origin?
    /// A sentence, if its source cannot be read.
    let problem: String?

    init(_ info: SettingInfo, _ sources: SettingSources) {
        self.info = info
        do throws(SettingSources.Problem) {
            let found = try sources.find(info)
            (value, origin, problem) = (info.isSecret ? nil : found?.value, found?.origin, nil)
        } catch {
            (value, origin, problem) = (nil, nil, error.description)
        }
    }

    /// The value, its default, or a word for a secret.
    var shownValue: String {
        if problem != nil { return "unreadable" }
        guard origin != nil else { return info.standard }
        return value ?? "(hidden)"
    }

    var shownOrigin: String { origin?.shown ?? "default" }
}

extension SettingSources.Origin {
    var shown: String {
        switch self {
        case .flag: "flag"
        case .environment: "environment"
        case .dotEnv: ".env"
        case .file(let path): path
        }
    }
}
