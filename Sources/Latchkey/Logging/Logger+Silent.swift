import Logging

extension Logger {
    /// A logger that writes nothing, for what commands do beside a server or without one: they print what matters.
    static var silent: Logger { Logger(label: "silent") { _ in SwiftLogNoOpLogHandler() } }
}
