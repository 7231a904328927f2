/// Reed–Solomon codes over GF(256) with the polynomial 0x11D.
enum ReedSolomon {
    /// The powers of 2, twice, so that two logarithms can be added without a division.
    private static let powers: [UInt8] = {
        var powers: [UInt8] = []
        var value = 1
        for _ in 0..<255 {
            powers.append(UInt8(value))
            value <<= 1
            if value > 255 { value ^= 0x11D }
        }
        return powers + powers
    }()

    private static let logarithms: [Int] = {
        var logarithms = [Int](repeating: 0, count: 256)
        for (exponent, value) in powers.prefix(255).enumerated() { logarithms[Int(value)] = exponent }
        return logarithms
    }()

    private static func product(_ left: UInt8, _ right: UInt8) -> UInt8 {
        left == 0 || right == 0 ? 0 : powers[logarithms[Int(left)] + logarithms[Int(right)]]
    }

    /// The bytes that correct errors in these.
    static func correction(of data: [UInt8], count: Int) -> [UInt8] {
        let generator = generator(count)
        var rest = [UInt8](repeating: 0, count: count)
        for byte in data {
            let factor = byte ^ rest[0]
            rest = Array(rest.dropFirst()) + [0]
            for index in 0..<count { rest[index] ^= product(generator[index + 1], factor) }
        }
        return rest
    }

    /// The coefficients of the product of all x − 2ⁱ, the highest first.
    private static func generator(_ count: Int) -> [UInt8] {
        (0..<count).reduce([1]) { polynomial, exponent in
            var next = [UInt8](repeating: 0, count: polynomial.count + 1)
            for (index, coefficient) in polynomial.enumerated() {
                next[index] ^= coefficient
                next[index + 1] ^= product(coefficient, powers[exponent])
            }
            return next
        }
    }
}
