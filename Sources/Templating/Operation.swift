/// One step of printing a page. Paths have become closures and slots; nothing is looked up by name.
enum Operation: Sendable {
    case literal([UInt8])
    case text(slot: Int, FieldValue.Getter<String?>, Escaping)
    case string(slot: Int, Escaping)
    case number(slot: Int, FieldValue.Getter<Int?>)
    case loopIndex(slot: Int)
    case html(slot: Int, FieldValue.Getter<TrustedHTML?>)
    /// Precedes a literal `/` after a URL value: see `Escaping.separateSlash`.
    case slashGuard
    case branch([(alternatives: [[TestTerm]], operations: [Operation])], otherwise: [Operation])
    case loop(Items, body: [Operation], otherwise: [Operation])
}

/// A test and the result that makes its term true.
struct TestTerm: Sendable {
    let test: Test
    let expected: Bool
}
