/// Computes and checks the codes, with keys that are not in the database.
package protocol AuditSealer: Sendable {
    /// Hexadecimal.
    func code(for bytes: [UInt8]) throws -> String
    /// Whether the code is right under the secret, or under one that was the secret before.
    func isCode(_ code: String, for bytes: [UInt8]) throws -> Bool
}
