import Basics
import Crypto

/// A MAC that identifies the secrets that a database was used with. It is stored in the database, under a key of its
/// own, so that it reveals nothing about the secret and is useless elsewhere.
package struct SecretCheck: Sendable {
    package enum Verdict: Sendable {
        case current
        /// An earlier secret that is still configured.
        case previous
        case unknown
    }

    private static let text = "this database belongs to this secret"
    private let hmacs: HMACs

    package init(_ secrets: Secrets) throws { hmacs = try secrets.hmacs(for: "secret check") }

    /// The MAC under the current secret.
    package var code: String {
        get throws { Hexadecimal.encode(try hmacs.code(for: Self.text.utf8)) }
    }

    package func verdict(on code: String) throws -> Verdict {
        switch try hmacs.index(ofHexadecimal: code, for: Self.text.utf8) {
        case nil: .unknown
        case 0: .current
        default: .previous
        }
    }
}
