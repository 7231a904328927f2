/// The scopes of an API token, in the order of `TokenScope.allCases`.
package struct TokenScopes: Sendable, Hashable {
    package let all: [TokenScope]

    package init(_ scopes: some Sequence<TokenScope>) {
        let given = Set(scopes)
        all = TokenScope.allCases.filter(given.contains)
    }

    /// Scopes as they are stored. Those of a newer version are unknown here, and grant nothing.
    package init(stored text: String) {
        self.init(text.split(separator: " ").compactMap { TokenScope(rawValue: String($0)) })
    }

    /// `tasks:read tasks:write`
    package var text: String { all.map(\.rawValue).joined(separator: " ") }

    package func contains(_ scope: TokenScope) -> Bool { all.contains(scope) }
}
