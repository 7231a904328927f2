/// One thing that can be configured. This file is the whole list, and README's table is made of it.
struct Setting: Sendable {
    let name: String
    /// What a value looks like.
    let type: String
    /// As README shows it.
    let standard: String
    let isSecret: Bool
    let help: String

    private init(_ name: String, _ type: String, standard: String, isSecret: Bool = false, _ help: String) {
        self.name = name
        self.type = type
        self.standard = standard
        self.isSecret = isSecret
        self.help = help
    }

    static let secret = Setting(
        "BETTER_AUTH_SECRET", "text of 32 characters or more", standard: "made once, kept in the data directory",
        isSecret: true,
        "Signs tokens and cookies; every service that verifies them needs the same. Must be set in production.")
    static let url = Setting(
        "BETTER_AUTH_URL", "URL", standard: "http://localhost:PORT",
        "Where browsers find this server. With https, cookies are Secure and HSTS is sent.")
    static let database = Setting(
        "DATABASE_URL", "sqlite:///absolute/path or sqlite:relative/path",
        standard: "latchkey.db in the data directory",
        "Where the data lives.")
    static let frontend = Setting(
        "FRONTEND_URL", "URLs, separated by commas", standard: "none",
        "Front ends on other origins whose pages may call the API.")
    static let host = Setting("HOST", "address", standard: "127.0.0.1", "The address to listen on; 0.0.0.0 for all.")
    static let port = Setting("PORT", "0–65535", standard: "8000", "The port to listen on; 0 for any that is free.")
    static let environment = Setting(
        "LATCHKEY_ENV", "development or production", standard: "development",
        "In development, templates are read again when they change, and a missing secret is made.")
    static let data = Setting(
        "LATCHKEY_DATA", "directory", standard: "data", "Where the database and the secret are kept; made if missing.")
    static let assets = Setting(
        "LATCHKEY_ASSETS", "directory", standard: "the working directory, or where the program lies",
        "The directory that holds Templates and Public.")
    static let bcryptCost = Setting(
        "BCRYPT_COST", "4–16, in production 10–16", standard: "12",
        "How much work a password hash is; each step doubles it.")
    static let logLevel = Setting(
        "LOG_LEVEL", "trace, debug, info, notice, warning, error or critical", standard: "info",
        "What is logged; info has a line for each request.")
    static let logFormat = Setting("LOG_FORMAT", "text or json", standard: "text", "How log lines look.")

    static let all: [Setting] = [
        secret, url, database, frontend, host, port, environment, data, assets, bcryptCost, logLevel, logFormat,
    ]
}
