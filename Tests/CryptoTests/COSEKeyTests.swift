import Basics
import Crypto
import Testing

@Suite struct COSEKeyTests {
    private static let ed25519 = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    private static let x = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
    private static let y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"

    private static func bytes(_ text: String) -> CBORValue { .bytes(Base64URL.decode(text.utf8) ?? []) }

    private static let okp: [CBORValue.Key: CBORValue] = [
        .integer(1): .integer(1), .integer(3): .integer(-8), .integer(-1): .integer(6),
        .integer(-2): bytes(ed25519),
    ]
    private static let ec2: [CBORValue.Key: CBORValue] = [
        .integer(1): .integer(2), .integer(3): .integer(-7), .integer(-1): .integer(1), .integer(-2): bytes(x),
        .integer(-3): bytes(y),
    ]

    @Test func `takes the keys of its algorithms`() {
        #expect(COSEKey(.map(Self.okp))?.algorithm == .edDSA)
        #expect(COSEKey(.map(Self.ec2))?.algorithm == .es256)
    }

    @Test(
        arguments: [
            // Another type, algorithm or curve, a member that is missing, a compressed point, one that is not on the curve.
            (1, .integer(2)), (1, nil), (3, .integer(-7)), (3, .integer(-19)), (3, .text("EdDSA")), (-1, .integer(7)),
            (-2, nil), (-2, .bytes([])), (-2, .text("")),
        ] as [(Int64, CBORValue?)])
    func `refuses another key of Ed25519`(label: Int64, value: CBORValue?) {
        var members = Self.okp
        members[.integer(label)] = value
        #expect(COSEKey(.map(members)) == nil)
    }

    @Test(
        arguments: [
            (1, .integer(1)), (3, .integer(-8)), (3, .integer(-35)), (-1, .integer(2)), (-3, .bool(true)), (-3, nil),
            (-3, .bytes([UInt8](repeating: 1, count: 32))), (-2, .bytes([UInt8](repeating: 0, count: 33))),
        ] as [(Int64, CBORValue?)])
    func `refuses another key of P-256`(label: Int64, value: CBORValue?) {
        var members = Self.ec2
        members[.integer(label)] = value
        #expect(COSEKey(.map(members)) == nil)
    }

    @Test(arguments: [(255, [1, 0, 1]), (513, [1, 0, 1]), (256, [1]), (256, [0x11]), (256, [])] as [(Int, [UInt8])])
    func `refuses RSA of other sizes and exponents`(size: Int, exponent: [UInt8]) {
        func key(_ size: Int, _ exponent: [UInt8]) -> COSEKey? {
            COSEKey(
                .map([
                    .integer(1): .integer(3), .integer(3): .integer(-257),
                    .integer(-1): .bytes([0xC3] + [UInt8](repeating: 0xA7, count: size - 1)),
                    .integer(-2): .bytes(exponent),
                ]))
        }
        #expect(key(256, [1, 0, 1]) != nil)
        #expect(key(size, exponent) == nil)
    }

    /// For these, one signature fits any message; also with the other sign of x, and spelled with a y that is not reduced.
    @Test(
        arguments: [
            "0000000000000000000000000000000000000000000000000000000000000080",
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000080",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        ])
    func `refuses a weak key of Ed25519, in a JWK Set too`(text: String) {
        let point = Hexadecimal.decode(trusted: text.utf8)
        var members = Self.okp
        members[.integer(-2)] = .bytes(point)
        #expect(COSEKey(.map(members)) == nil)
        func keys(_ x: String) -> Int? {
            JWKSet(#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"\#(x)"}]}"#.utf8)?.keys.count
        }
        #expect(keys(Self.ed25519) == 1)
        #expect(keys(Base64URL.encode(point)) == 0)
    }
}
