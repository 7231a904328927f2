/// Computes and verifies MACs, with keys that are not in the database.
package protocol AuditSealer: Sendable {
    /// The MAC in hexadecimal.
    func code(for bytes: [UInt8]) throws -> String
    /// Verifies a MAC under the current secret or a previous one.
    func isCode(_ code: String, for bytes: [UInt8]) throws -> Bool
}
