import Basics
import Testing

@Suite struct ByteCountTests {
    @Test(
        arguments: [
            (0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1000, "1.0 kB"), (1449, "1.4 kB"), (99_949, "99.9 kB"),
            (372_736, "372 kB"), (999_999, "999 kB"), (1_000_000, "1.0 MB"), (236_000_000, "236 MB"),
            (1_500_000_000, "1.5 GB"), (2_000_000_000_000_000, "2000 TB"),
        ] as [(Int64, String)])
    func `a size is shown in the unit that fits`(bytes: Int64, text: String) {
        #expect(ByteCount.text(bytes) == text)
    }
}
