import Testing

@testable import Latchkey

@Suite struct StartMemoryTests {
    @Test func `only code that comes from a file is given back`() {
        #expect(
            StartMemory.codeRange("55d0c0a00000-55d0c1f79000 r-xp 002e1000 fe:00 123   /usr/bin/a program")
                == 0x55d0_c0a0_0000..<0x55d0_c1f7_9000)
        for line in [
            "55d0c0a00000-55d0c1f79000 rw-p 002e1000 fe:00 123 /usr/bin/program",
            "55d0c0a00000-55d0c1f79000 r--p 002e1000 fe:00 123 /usr/bin/program",
            "55d0c0a00000-55d0c1f79000 rwxp 002e1000 fe:00 123 /usr/bin/program",
            "55d0c0a00000-55d0c1f79000 r-xs 002e1000 fe:00 123 /usr/bin/program",
            "7ffd1c5fe000-7ffd1c600000 r-xp 00000000 00:00 0 [vdso]", "7ffd1c5fe000-7ffd1c600000 r-xp 00000000 00:00 0",
            "9-1 r-xp 002e1000 fe:00 123 /usr/bin/program", "x r-xp 002e1000 fe:00 123 /usr/bin/program", "",
        ] {
            #expect(StartMemory.codeRange(line) == nil, "\(line)")
        }
    }

    @Test func `the program runs on without its code in memory`() {
        #expect(!StartMemory.codeRanges().isEmpty)
        for _ in 0..<3 { StartMemory.giveBack() }
        #expect([3, 1, 2].sorted() == [1, 2, 3])
    }
}
