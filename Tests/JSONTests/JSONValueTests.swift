import JSON
import Testing

@Suite struct JSONValueTests {
    @Test func `a value written out is the value that is read`() throws {
        let value: JSONValue = ["text": "é", "flag": true, "number": 5, "nothing": nil, "list": [1, [:]]]
        let text = #"{"text":"é","flag":true,"number":5,"nothing":null,"list":[1,{}]}"#
        #expect(value.compact == text)
        #expect(try JSONReader.read(text.utf8) == value)
    }

    @Test func `people get lines, and short lists on one of them`() throws {
        let value: JSONValue = ["a": [1, 2], "b": [["c": "\"d\""]], "e": [], "f": [:]]
        let text = """
            {
              "a": [1, 2],
              "b": [
                {
                  "c": "\\"d\\""
                }
              ],
              "e": [],
              "f": {}
            }
            """
        #expect(value.indented() == text)
        #expect(try JSONReader.read(text.utf8) == value)
    }
}
