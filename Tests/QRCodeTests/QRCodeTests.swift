import JSON
import TestSupport
import Testing

@testable import QRCode

@Suite struct QRCodeTests {
    /// Codes that the Python package qrcode has made, with its masks.
    @Test func `every vector gives its modules`() throws {
        guard case .array(let vectors) = try JSONReader.read(Array(try packageFile("Tests/QRCodeTests/qr.json").utf8))
        else {
            Issue.record("The file of vectors is not as expected.")
            return
        }
        #expect(vectors.count == 4)
        for case .object(let vector) in vectors {
            guard case .string(let text)? = vector["text"], case .integer(let mask)? = vector["mask"],
                case .array(let rows)? = vector["rows"]
            else {
                Issue.record("A vector lacks a field.")
                continue
            }
            let code = try #require(QRCode(text, mask: Int(mask)))
            let drawn = code.rows.map { row in JSONValue.string(String(row.map { $0 ? "1" : "0" })) }
            #expect(drawn == rows, "\(text)")
        }
    }

    @Test(arguments: zip(1...12, [14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287]))
    func `is as small as the text allows`(version: Int, capacity: Int) throws {
        let code = try #require(QRCode(String(repeating: "x", count: capacity), mask: 0))
        #expect(code.rows.count == 17 + 4 * version && code.rows.allSatisfy { $0.count == 17 + 4 * version })
        let larger = QRCode(String(repeating: "x", count: capacity + 1), mask: 0)
        #expect(larger?.rows.count == (version < 12 ? 21 + 4 * version : nil))
    }

    @Test func `chooses the mask that is easiest to scan`() throws {
        let text = "otpauth://totp/Latchkey:ann%40example.com"
        let version = try #require(QRVersion.all.first { $0.capacity >= text.utf8.count })
        let chosen = try #require(QRCode(text))
        let masked = try (0...7).map { try #require(QRCode(text, mask: $0)) }
        #expect(Set(masked.map(\.path)).count == 8)
        #expect(masked.contains(chosen) && chosen.rows.count == version.size)
    }

    @Test func `draws its dark modules and no others`() throws {
        let code = try #require(QRCode("A", mask: 3))
        var drawn = Array(repeating: Array(repeating: false, count: code.imageSize), count: code.imageSize)
        for run in code.path.matches(of: /M(\d+) (\d+)h(\d+)v1h-(\d+)z/) {
            let (x, y, length) = (try #require(Int(run.1)), try #require(Int(run.2)), try #require(Int(run.3)))
            #expect(run.3 == run.4)
            for column in x..<x + length { drawn[y][column] = true }
        }
        let margin = Array(repeating: false, count: QRCode.margin)
        #expect(
            drawn[QRCode.margin..<code.imageSize - QRCode.margin].elementsEqual(code.rows) {
                $0 == margin + $1 + margin
            })
        #expect(drawn.joined().count { $0 } == code.rows.joined().count { $0 })
    }
}
