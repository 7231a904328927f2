import Basics

/// The same MAC under several keys: the first signs, any verifies.
package struct HMACs: Sendable {
    package let all: [HMACSHA256]

    package func code(for message: some Sequence<UInt8>) throws -> [UInt8] { try all[0].code(for: message) }

    /// The index of the key that yields this MAC, which is compared as text: a letter in another case is an alteration,
    /// too.
    package func index(ofHexadecimal code: String, for message: some Collection<UInt8>) throws -> Int? {
        let stored = Array(code.utf8)
        return try all.firstIndex { hmac in
            ConstantTime.isEqual(Array(Hexadecimal.encode(try hmac.code(for: message)).utf8), stored)
        }
    }

    package func isCode(_ code: [UInt8], for message: some Collection<UInt8>) throws -> Bool {
        for hmac in all where ConstantTime.isEqual(try hmac.code(for: message), code) { return true }
        return false
    }
}
