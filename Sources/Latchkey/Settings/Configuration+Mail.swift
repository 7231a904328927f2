import Basics
import Domain
import Mail

/// How mail is sent.
struct MailSettings: Sendable {
    enum Way: Sendable, Equatable {
        case server(SMTPServer)
        /// Files in this directory, in development.
        case files(String)
    }

    /// Nil if no mail is sent.
    var way: Way?
    var from: Mailbox?
    var verification = EmailVerification.off
}

/// The protection of mail on its way to the mail server.
enum MailSecurity: String, Sendable, CaseIterable {
    case required
    /// Only to a server on this machine.
    case none
    case noneAnywhere = "none-anywhere"
}

extension Configuration {
    mutating func readMail(_ reader: inout SettingReader) {
        let security = reader.read(Settings.smtpTLS)
        mail.verification = reader.read(Settings.emailVerification)
        defer {
            if mail.verification != .off, mail.way == nil {
                reader.problems.append(
                    "\(Settings.emailVerification.name) needs a mail server: set \(Settings.smtpURL.name).")
            }
        }
        mail.from = reader.read(Settings.mailFrom)
        if reader.isSet(Settings.smtpURL) {
            warnIgnored(reader)
        } else if mail.from == nil {
            mail.from = reader.read(Settings.onceMailFrom)
        }
        guard let (server, setting) = Self.server(&reader, isPlain: security != .required) else {
            if !isProduction {
                mail.way = .files(dataDirectory + "/mail")
                mail.from = mail.from ?? (try? Mailbox(address: "latchkey@localhost", name: "Latchkey"))
            }
            return
        }
        mail.way = .server(server)
        if mail.from == nil {
            reader.problems.append(
                "\(setting) is set, but \(Settings.mailFrom.name) is not: the sender, such as Latchkey <tasks@example.com>."
            )
        }
        if security == .none, !server.isLoopback {
            reader.problems.append(
                "\(Settings.smtpTLS.name) is none, but \(server.shown) is another machine: mail holds links that give access to accounts. Set it to \(MailSecurity.noneAnywhere.rawValue) where no one else can read the network."
            )
        }
        if server.user != nil, server.security == .none, !server.isLoopback {
            warnings.append("the password for \(server.shown) travels unprotected.")
        }
    }

    /// Warns of ONCE's settings where our own counts.
    private mutating func warnIgnored(_ reader: SettingReader) {
        let ignored = Settings.onceMail.filter { reader.isSet($0) }.map(\.name)
        guard !ignored.isEmpty else { return }
        let verb = ignored.count == 1 ? "is" : "are"
        warnings.append(
            "\(ignored.joined(separator: ", ")) \(verb) ignored: \(Settings.smtpURL.name) is set, and counts alone.")
    }

    /// - Returns: the server, and the name of the setting that names it.
    private static func server(_ reader: inout SettingReader, isPlain: Bool) -> (SMTPServer, String)? {
        if reader.isSet(Settings.smtpURL) {
            guard let url = reader.read(Settings.smtpURL) else { return nil }
            // smtps is never plain.
            return (SMTPServer(url: url, isPlain: isPlain) ?? SMTPServer(url: url)).map { ($0, Settings.smtpURL.name) }
        }
        let (host, port) = (reader.read(Settings.onceMailServer), reader.read(Settings.onceMailPort))
        let (user, password) = (reader.read(Settings.onceMailUser), reader.read(Settings.onceMailPassword))
        guard let host else { return nil }
        for (one, other) in [
            (Settings.onceMailUser.info, Settings.onceMailPassword.info),
            (Settings.onceMailPassword.info, Settings.onceMailUser.info),
        ] where reader.isSet(one) && !reader.isSet(other) {
            reader.problems.append("\(one.name) is set, but \(other.name) is not.")
        }
        let server = SMTPServer(
            host: host, port: UInt16(clamping: port),
            security: port == 465 ? .implicitTLS : isPlain ? .none : .startTLS, user: user, password: password)
        return (server, Settings.onceMailServer.name)
    }
}
