import Basics
import Crypto
import Domain

/// Computes the audit trail's MACs: HMAC-SHA-256 under keys that are derived from the secrets and used for nothing
/// else.
package struct AuditSeal: AuditSealer {
    private let hmacs: HMACs

    package init(_ secrets: Secrets) throws { hmacs = try secrets.hmacs(for: "audit trail") }

    package func code(for bytes: [UInt8]) throws -> String { Hexadecimal.encode(try hmacs.code(for: bytes)) }

    package func isCode(_ code: String, for bytes: [UInt8]) throws -> Bool {
        try hmacs.index(ofHexadecimal: code, for: bytes) != nil
    }
}
