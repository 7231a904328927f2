import Domain
import Testing

@Suite struct SearchWordsTests {
    @Test(
        arguments: [
            ("Buy milk, 2 l!", ["buy", "milk", "2", "l"]),
            ("Crème brûlée – ÉCLAIR", ["creme", "brulee", "eclair"]),
            // Composed and decomposed.
            ("e\u{301}cole école", ["ecole"]),
            ("Straße STRASSE Łódź Øresund", ["strasse", "lodz", "oresund"]),
            ("don't Don’t", ["dont"]),
            ("C++ C# v1.2-beta a_b", ["c", "v1", "2", "beta", "a", "b"]),
            ("日本語 東京タワー", ["日", "本", "語", "東", "京", "タ", "ワ", "ー"]),
            ("東京・大阪", ["東", "京", "大", "阪"]), ("がギ゛", ["か", "キ"]),
            ("Привет ПРИВЕТ", ["привет"]),
            ("ﬁle ²", ["file", "2"]),
            ("  \n\t", []),
            ("🥣 porridge🥣", ["🥣", "porridge"]),
        ] as [(String, [String])])
    func `words are compared without case and accents`(text: String, words: [String]) {
        #expect(SearchWords.words(of: [text]) == words)
    }

    @Test func `hostile texts are cut`() {
        let long = String(repeating: "x", count: 10_000)
        #expect(SearchWords.words(of: [long]).first?.utf8.count == 64)
        let many = (0..<5000).map { "w\($0)" }.joined(separator: " ")
        #expect(SearchWords.words(of: [many]).count == 2000)
        // One letter with ten thousand accents.
        #expect(SearchWords.words(of: ["e" + String(repeating: "\u{301}", count: 10_000)]) == ["e"])
    }
}
