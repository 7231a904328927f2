/// Parses the words of one tag. Each method throws the first error.
struct TagParser {
    struct Failure: Error {
        let message: String
        let offset: Int
    }

    private let words: [Word]
    private let tagOffset: Int
    private var index = 0

    init(_ words: [Word], tagOffset: Int) {
        self.words = words
        self.tagOffset = tagOffset
    }

    private var next: Word? { index < words.count ? words[index] : nil }

    /// Skips the next word if it is `name`.
    mutating func skip(_ name: String) -> Bool {
        guard next?.name == name else { return false }
        index += 1
        return true
    }

    func expectEnd() throws(Failure) {
        guard let next else { return }
        throw Failure(message: "the tag should end here", offset: next.offset)
    }

    /// A name that the template defines: of a loop's item, an argument or a block.
    mutating func newName(_ what: String) throws(Failure) -> (name: String, offset: Int) {
        guard let word = next, let name = word.name else { throw missing(what) }
        guard !ReservedWord.all.contains(name) else {
            throw Failure(message: "`\(name)` has a meaning of its own and cannot be \(what)", offset: word.offset)
        }
        index += 1
        return (name, word.offset)
    }

    mutating func path(_ what: String) throws(Failure) -> [PathPart] {
        guard let word = next, case .path(let parts) = word.kind else { throw missing(what) }
        if let name = word.name, name != "loop", ReservedWord.all.contains(name) { throw missing(what) }
        index += 1
        return parts
    }

    mutating func string(_ what: String) throws(Failure) -> (text: String, offset: Int) {
        guard let word = next, case .string(let text) = word.kind else { throw missing(what) }
        index += 1
        return (text, word.offset)
    }

    /// A path or a string; if `allowsFlags`, also `true` and `false`.
    mutating func operand(allowsFlags: Bool) throws(Failure) -> Operand {
        guard let word = next else { throw missing("a value") }
        switch word.kind {
        case .string(let text):
            index += 1
            return Operand(kind: .string(text), offset: word.offset)
        case .path where allowsFlags && (word.name == "true" || word.name == "false"):
            index += 1
            return Operand(kind: .flag(word.name == "true"), offset: word.offset)
        default:
            return Operand(kind: .path(try path("a value")), offset: word.offset)
        }
    }

    mutating func condition() throws(Failure) -> Condition {
        var alternatives: [[Condition.Term]] = []
        repeat {
            var terms: [Condition.Term] = []
            repeat {
                let isNegated = skip("not")
                terms.append(Condition.Term(isNegated: isNegated, path: try path("a name to test")))
            } while skip("and")
            alternatives.append(terms)
        } while skip("or")
        return Condition(alternatives: alternatives)
    }

    /// `"partials/field" with name="email" value=form.email`
    mutating func include() throws(Failure) -> Include {
        let template = try string("the partial's name in quotes")
        var arguments: [Include.Argument] = []
        if skip("with") {
            repeat {
                let (name, offset) = try newName("the name of an argument")
                guard !arguments.contains(where: { $0.name == name }) else {
                    throw Failure(message: "`\(name)` is given twice", offset: offset)
                }
                guard let equals = next, case .equals = equals.kind else { throw missing("`=`") }
                index += 1
                arguments.append(Include.Argument(name: name, value: try operand(allowsFlags: true)))
            } while next != nil
        }
        return Include(
            offset: tagOffset, template: TemplateName(name: template.text, offset: template.offset),
            arguments: arguments)
    }

    private func missing(_ what: String) -> Failure {
        if let next { return Failure(message: "\(what) is expected here", offset: next.offset) }
        return Failure(message: "\(what) is missing before the end of the tag", offset: tagOffset)
    }
}
