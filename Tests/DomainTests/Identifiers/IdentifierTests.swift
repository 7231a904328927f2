import Domain
import Testing

@Suite struct IdentifierTests {
    private static let uuid = "0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d3"

    /// RFC 9562, section 4: output is in lower case, and case does not count on input.
    @Test(arguments: [uuid, "0199D5A4-6F3E-7C41-9D0B-5A2F8E61C7D3", "0199d5A4-6f3E-7c41-9D0b-5a2f8E61c7d3"])
    func `a UUID is one in either case`(text: String) {
        #expect(TaskID(untrusted: text)?.rawValue == Self.uuid)
        #expect(UserID(untrusted: text)?.rawValue == Self.uuid)
        #expect(SessionID(untrusted: text)?.rawValue == Self.uuid)
        #expect(UserID(rawValue: text).isSame(as: UserID(rawValue: Self.uuid)))
    }

    @Test(arguments: [
        "Ab3XyZ", "AB3XYZ7890AB3XYZ7890AB3XYZ7890AB", "0199D5A46F3E7C419D0B5A2F8E61C7D3",
        "G199D5A4-6F3E-7C41-9D0B-5A2F8E61C7D3",
    ])
    func `an identifier of another service is kept unchanged`(text: String) {
        #expect(UserID(untrusted: text)?.rawValue == text)
        #expect(!UserID(rawValue: text).isSame(as: UserID(rawValue: text.lowercased())))
        #expect(TaskID(untrusted: text) == nil)
    }

    @Test(arguments: [
        "", "0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d", "0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d30", "{\(uuid)}",
        "urn:uuid:\(uuid)",
        "0199d5a4_6f3e_7c41_9d0b_5a2f8e61c7d3", "0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7dé",
        "0199d5a46-f3e-7c41-9d0b-5a2f8e61c7d3",
    ])
    func `no other form of a UUID is a task's id`(text: String) {
        #expect(TaskID(untrusted: text) == nil)
    }
}
