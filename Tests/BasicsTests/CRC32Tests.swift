import Basics
import Testing

@Suite struct CRC32Tests {
    // The check value of the algorithm, and zlib's results.
    @Test(
        arguments: [
            ("", 0), ("123456789", 0xCBF4_3926), ("a", 0xE8B7_BE43), ("Müsli 🥣", 0x27F6_F1CF),
        ] as [(String, UInt32)])
    func `is zlib's`(text: String, checksum: UInt32) { #expect(CRC32.checksum(text.utf8) == checksum) }
}
