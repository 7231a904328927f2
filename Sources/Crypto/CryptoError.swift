import CCrypto

/// The cryptography library refused something that it never refuses, such as memory.
package struct CryptoError: Error, CustomStringConvertible {
    package let description: String

    package init(_ operation: String) {
        let code = ERR_get_error()
        description = "OpenSSL: \(operation) failed" + (code == 0 ? "." : " (code \(code)).")
    }
}
