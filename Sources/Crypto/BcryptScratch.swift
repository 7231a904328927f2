import Basics
import CCrypt

/// The 32 KiB work area of crypt_r; one for each thread.
package struct BcryptScratch: ~Copyable {
    private let data: UnsafeMutablePointer<crypt_data>

    package init() {
        data = .allocate(capacity: 1)
        data.initialize(to: crypt_data())
    }

    deinit {
        data.deinitialize(count: 1)
        data.deallocate()
    }

    enum BcryptError: Error { case refused }

    /// `$2b$12$` and the salt: the prefix of a hash, which contains all parameters for computing one.
    package static func setting(cost: Int, salt: [UInt8]) -> String { "$2b$\(twoDigits(cost))$\(encode(salt: salt))" }

    /// The binary logarithm of the rounds of a bcrypt hash or setting.
    package static func cost(of hash: String) -> Int? {
        let bytes = Array(hash.utf8.prefix(7))
        guard bytes.count == 7, bytes.starts(with: "$2".utf8), bytes[3] == UInt8(ascii: "$"),
            bytes[6] == UInt8(ascii: "$"), bytes[4].isDigit, bytes[5].isDigit
        else { return nil }
        return Int(bytes[4] - UInt8(ascii: "0")) * 10 + Int(bytes[5] - UInt8(ascii: "0"))
    }

    static func twoDigits(_ cost: Int) -> String { cost < 10 ? "0\(cost)" : "\(cost)" }

    /// - Throws: if libcrypt returns a failure token. That is a string (`*0` or `*1`), which must be neither stored nor
    ///   compared.
    package mutating func crypt(_ password: String, setting: String) throws -> String {
        guard let result = crypt_r(password, setting, data) else { throw BcryptError.refused }
        let text = String(cString: result)
        guard text.utf8.count >= 13, !text.hasPrefix("*") else { throw BcryptError.refused }
        return text
    }

    /// Encodes 16 bytes as 22 characters of bcrypt's own alphabet.
    private static func encode(salt: [UInt8]) -> String {
        String(decoding: Base64URL.encodeBytes(salt, alphabet: alphabet), as: UTF8.self)
    }

    package static let alphabet = Array("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
}
