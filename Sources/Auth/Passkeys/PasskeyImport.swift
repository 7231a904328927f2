import Basics
import Crypto

/// Checks passkeys of other systems.
package enum PasskeyImport {
    /// A credential's id as it is stored here.
    /// - Parameter text: in base64url, with or without padding.
    /// - Returns: nil for a text that cannot be one.
    package static func credentialID(_ text: String) -> String? {
        guard let bytes = Base64URL.decode(text.utf8.prefix { $0 != UInt8(ascii: "=") }),
            (1...AuthenticatorData.maximumIDLength).contains(bytes.count)
        else { return nil }
        return Base64URL.encode(bytes)
    }

    /// A public key in COSE's form.
    /// - Parameter text: in base64.
    /// - Returns: nil for one that cannot be used here.
    package static func publicKey(_ text: String) -> [UInt8]? {
        guard let bytes = Base64.decode(text.utf8), let key = try? CBORReader.read(bytes), COSEKey(key) != nil
        else { return nil }
        return bytes
    }
}
