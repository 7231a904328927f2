import Domain
import Testing

@Suite struct TokenScopesTests {
    @Test func `have one order and no repetition, and none includes another`() {
        let scopes = TokenScopes([.accountRead, .tasksRead, .accountRead])
        #expect(scopes.text == "tasks:read account:read")
        #expect(scopes == TokenScopes([.tasksRead, .accountRead]))
        #expect(scopes.contains(.tasksRead) && !scopes.contains(.tasksWrite))
        #expect(!TokenScopes([.tasksWrite]).contains(.tasksRead))
    }

    @Test func `are read as they were stored, and those that are unknown grant nothing`() {
        #expect(TokenScopes(stored: TokenScopes(TokenScope.allCases).text).all == TokenScope.allCases)
        #expect(TokenScopes(stored: "tasks:write caldav TASKS:READ tasks:*").all == [.tasksWrite])
        #expect(TokenScopes(stored: "").all.isEmpty)
    }
}
