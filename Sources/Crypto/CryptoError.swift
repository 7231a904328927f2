import CCrypto

/// A failure of the cryptography library in an operation that normally cannot fail, such as an allocation.
package struct CryptoError: Error, CustomStringConvertible {
    package let description: String

    package init(_ operation: String) {
        let code = ERR_get_error()
        description = "OpenSSL: \(operation) failed" + (code == 0 ? "." : " (code \(code)).")
    }
}
