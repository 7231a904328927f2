import Testing

@testable import Latchkey

@Suite struct CSVReaderTests {
    private func fields(_ text: String) throws -> [[String?]] {
        try CSVReader.records(in: Array(text.utf8)).map(\.fields)
    }

    @Test func `reads what RFC 4180 describes`() throws {
        #expect(try fields("a,b\r\n1,2\r\n") == [["a", "b"], ["1", "2"]])
        #expect(try fields("a,b\n1,2") == [["a", "b"], ["1", "2"]])
        #expect(try fields("\u{FEFF}a,b\n\"x, \"\"y\"\"\r\nz\", 2 \n") == [["a", "b"], ["x, \"y\"\r\nz", " 2 "]])
        #expect(try fields("a\n\n") == [["a"], [nil]])
        #expect(try fields("") == [])
    }

    @Test func `an empty field is NULL, a quoted one is not`() throws {
        #expect(try fields("a,b,c\n,\"\",\n") == [["a", "b", "c"], [nil, "", nil]])
    }

    @Test func `counts lines as an editor does`() throws {
        let records = try CSVReader.records(in: Array("a,b\n\"1\n\n\",2\r\n\n3,4\n".utf8))
        #expect(records.map(\.line) == [1, 2, 6])
    }

    @Test(arguments: [
        ("a,b\n1\n", 2, "has 1 fields, but the header has 2"), ("a\n\"x", 2, "opens a quote that is never closed"),
        ("a\nx\"y\n", 2, "has a quote in the middle of a field"), ("a\n\"x\"y\n", 2, "has text after a closing quote"),
        ("a,b\n1,2\n1,2,3\n", 3, "has 3 fields, but the header has 2"),
    ])
    func `says where a file breaks the rules`(text: String, line: Int, problem: String) {
        #expect(throws: CSVReader.SyntaxError(line: line, problem: problem)) {
            try CSVReader.records(in: Array(text.utf8))
        }
    }

    @Test func `refuses what is not UTF-8`() {
        #expect(throws: CSVReader.SyntaxError(line: 2, problem: "is not valid UTF-8")) {
            try CSVReader.records(in: Array("a\n".utf8) + [0xE9, 0x0A])
        }
    }
}
