/// Builds the tree of one template. It reports every mistake and continues after it; if any was reported, the tree must
/// not be used.
struct Parser {
    /// The maximum nesting depth of tags, counting through includes and layouts.
    static let depthLimit = 64

    /// An open tag. The stack of frames is on the heap, so a hostile template cannot exhaust the thread's stack.
    private struct Frame {
        enum Kind {
            case file
            case branch
            case loop(name: String, list: [PathPart])
            case block(name: String)
        }

        let kind: Kind
        let offset: Int
        var nodes: [Node] = []
        var arms: [Branch.Arm] = []
        var condition: Condition?
        /// The body of a loop before `{% else %}`.
        var body: [Node]?
        var isInElse = false

        var tag: String? {
            switch kind {
            case .file: nil
            case .branch: "if"
            case .loop: "for"
            case .block: "block"
            }
        }
    }

    private let source: TemplateSource
    private var template: Template
    private var frames = [Frame(kind: .file, offset: 0)]
    private var hasContent = false
    private var log: ProblemLog

    /// Returns nil, and adds to `log`, if the template is not well-formed.
    static func parse(_ source: TemplateSource, _ log: inout ProblemLog) -> Template? {
        if let bad = source.firstBadByte {
            log.report(bad.message, at: Place(source: source, offset: bad.offset))
            return nil
        }
        let before = log.count
        var lexer = Lexer(source)
        let pieces = lexer.run(&log)
        var parser = Parser(source, log)
        parser.run(pieces)
        log = parser.log
        return log.count == before ? parser.template : nil
    }

    private init(_ source: TemplateSource, _ log: ProblemLog) {
        self.source = source
        self.log = log
        template = Template(source: source)
    }

    private mutating func run(_ pieces: [Piece]) {
        for piece in pieces {
            guard frames.count <= Self.depthLimit + 1 else {
                let innermost = frames[frames.count - 1]
                return fail("more than \(Self.depthLimit) tags stand in each other", at: innermost.offset)
            }
            do throws(TagParser.Failure) {
                switch piece.kind {
                case .text(let range):
                    if !source.bytes[range].allSatisfy(ASCII.isWhitespace) { try content(at: firstVisible(in: range)) }
                    add(.text(range))
                case .value(let words):
                    try content(at: piece.offset)
                    guard !piece.isBroken else { break }
                    var tag = TagParser(words, tagOffset: piece.offset)
                    let operand = try tag.operand(allowsFlags: false)
                    try tag.expectEnd()
                    add(.value(operand))
                case .tag(let words):
                    try parse(words, piece)
                }
            } catch {
                if !piece.isBroken { fail(error.message, at: error.offset) }
            }
        }
        for frame in frames.dropFirst() {
            fail("this `{% \(frame.tag ?? "") %}` is never closed; add `{% end %}`", at: frame.offset)
        }
        template.nodes = frames[0].nodes
    }

    private mutating func parse(_ words: [Word], _ piece: Piece) throws(TagParser.Failure) {
        var tag = TagParser(words, tagOffset: piece.offset)
        if tag.skip("if") {
            open(.branch, piece.offset)
            try content(at: piece.offset, depth: 2)
            setCondition(try tag.condition())
        } else if tag.skip("for") {
            open(.loop(name: "", list: []), piece.offset)
            try content(at: piece.offset, depth: 2)
            let name = try tag.newName("the name of an item").name
            guard tag.skip("in") else {
                throw TagParser.Failure(message: "a loop reads `for item in list`", offset: piece.offset)
            }
            replaceTop(.loop(name: name, list: try tag.path("a list")))
        } else if tag.skip("block") {
            open(.block(name: ""), piece.offset)
            let name = try tag.newName("the name of a block").name
            replaceTop(.block(name: name))
        } else if tag.skip("else") {
            try parseElse(&tag, piece.offset)
        } else if tag.skip("end") {
            try parseEnd(&tag, words, piece.offset)
        } else if tag.skip("include") {
            try content(at: piece.offset)
            let include = try tag.include()
            template.includes.append(include.template)
            add(.include(include))
        } else if tag.skip("extends") {
            let isFirst = !hasContent && template.layout == nil && frames.count == 1 && template.blocks.isEmpty
            let name = try tag.string("the layout's name in quotes")
            guard isFirst else {
                throw TagParser.Failure(message: "`extends` must be the first thing of a file", offset: piece.offset)
            }
            template.layout = TemplateName(name: name.text, offset: name.offset)
        } else {
            throw unknownTag(words, piece.offset)
        }
        try tag.expectEnd()
    }

    private mutating func parseElse(_ tag: inout TagParser, _ offset: Int) throws(TagParser.Failure) {
        let top = frames.count - 1
        switch frames[top].kind {
        case .branch where !frames[top].isInElse:
            closeArm(top)
            if tag.skip("if") {
                // A placeholder that allows the arm to be closed if the condition does not parse.
                frames[top].condition = Condition(alternatives: [])
                setCondition(try tag.condition())
            } else {
                frames[top].isInElse = true
            }
        case .loop where !frames[top].isInElse:
            frames[top].body = frames[top].nodes
            frames[top].nodes = []
            frames[top].isInElse = true
        case .branch, .loop:
            throw TagParser.Failure(message: "this `{% \(frames[top].tag ?? "") %}` has had its `else`", offset: offset)
        case .file, .block:
            throw TagParser.Failure(message: "`else` belongs into an `if` or a `for`", offset: offset)
        }
    }

    private mutating func parseEnd(
        _ tag: inout TagParser, _ words: [Word], _ offset: Int
    ) throws(TagParser.Failure) {
        guard frames.count > 1, let frame = frames.popLast(), let opener = frame.tag else {
            throw TagParser.Failure(message: "there is nothing to end here", offset: offset)
        }
        close(frame)
        if words.count > 1, !tag.skip(opener) {
            let line = source.position(of: frame.offset).line
            throw TagParser.Failure(
                message: "this ends the `{% \(opener) %}` of line \(line)", offset: words[1].offset)
        }
    }

    private mutating func close(_ frame: Frame) {
        var frame = frame
        switch frame.kind {
        case .file: break
        case .branch:
            if let condition = frame.condition {
                frame.arms.append(Branch.Arm(condition: condition, nodes: frame.nodes))
                frame.nodes = []
            }
            add(.branch(Branch(offset: frame.offset, arms: frame.arms, otherwise: frame.nodes)))
        case .loop(let name, let list):
            let body = frame.body ?? frame.nodes
            let otherwise = frame.body == nil ? [] : frame.nodes
            add(.loop(Loop(offset: frame.offset, name: name, list: list, body: body, otherwise: otherwise)))
        case .block(let name):
            let isOutermost = frames.count == 1
            let block = Block(name: name, offset: frame.offset, isOutermost: isOutermost, nodes: frame.nodes)
            if template.blocks.contains(where: { $0.name == name }) {
                fail("there is a block `\(name)` already", at: frame.offset)
            }
            template.blocks.append(block)
            add(.block(block))
        }
    }

    private mutating func closeArm(_ index: Int) {
        guard let condition = frames[index].condition else { return }
        frames[index].arms.append(Branch.Arm(condition: condition, nodes: frames[index].nodes))
        frames[index].nodes = []
        frames[index].condition = nil
    }

    private mutating func open(_ kind: Frame.Kind, _ offset: Int) {
        var frame = Frame(kind: kind, offset: offset)
        if case .branch = kind { frame.condition = Condition(alternatives: []) }
        frames.append(frame)
    }

    private mutating func setCondition(_ condition: Condition) { frames[frames.count - 1].condition = condition }

    private mutating func replaceTop(_ kind: Frame.Kind) {
        let old = frames.removeLast()
        frames.append(Frame(kind: kind, offset: old.offset))
    }

    private mutating func add(_ node: Node) { frames[frames.count - 1].nodes.append(node) }

    /// Records printed content, which a template with a layout may only have inside its blocks.
    private mutating func content(at offset: Int, depth: Int = 1) throws(TagParser.Failure) {
        hasContent = true
        guard template.layout != nil, frames.count == depth else { return }
        throw TagParser.Failure(
            message: "only blocks may stand at the top of a template that extends another", offset: offset)
    }

    private func firstVisible(in range: Range<Int>) -> Int {
        source.bytes[range].firstIndex { !ASCII.isWhitespace($0) } ?? range.lowerBound
    }

    private func unknownTag(_ words: [Word], _ offset: Int) -> TagParser.Failure {
        guard let name = words.first?.name else {
            return TagParser.Failure(message: "a tag begins with a word such as `if`", offset: offset)
        }
        let known = ["if", "else", "end", "for", "include", "extends", "block"]
        let hint: String =
            switch name {
            case "elif", "elseif", "elsif": "; did you mean `else if`?"
            case "endif", "endfor", "endblock": "; did you mean `end`?"
            default: Suggestion.clause(for: name, among: known)
            }
        return TagParser.Failure(message: "there is no tag `\(name)`\(hint)", offset: words[0].offset)
    }

    private mutating func fail(_ message: String, at offset: Int) {
        log.report(message, at: Place(source: source, offset: offset))
    }
}
