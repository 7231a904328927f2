import CCrypto

/// Comparison in time that depends on the lengths only.
package enum ConstantTime {
    package static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }
}
