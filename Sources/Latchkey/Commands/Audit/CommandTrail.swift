import Auth
import Crypto
import Domain
import Glibc
import Storage

extension AuditEvent.Source {
    /// The user who runs this command, by operating system user name.
    static var commandLine: AuditEvent.Source {
        let id = getuid()
        guard let entry = getpwuid(id), let name = entry.pointee.pw_name else {
            return AuditEvent.Source(actor: .commandLine("uid \(id)"))
        }
        return AuditEvent.Source(actor: .commandLine(String(cString: name)))
    }
}

extension AuditChain {
    /// The trail that a command appends to. It appends nothing under another secret than the server's.
    static func forCommands(_ secrets: Secrets) throws -> AuditChain {
        AuditChain(try AuditSeal(secrets), onBrokenEnd: .refuse)
    }
}
