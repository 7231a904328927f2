/// Follows a page through the HTML tokenizer, decides how each value has to be escaped, and refuses it where no
/// escaping could make it safe.
struct ContextCompiler {
    private var log: ProblemLog
    private var context = HTMLContext()
    /// True if nothing is markup: values are printed as they are.
    private let isPlainText: Bool
    /// The place where the construct being walked began.
    private var openedAt: Place?
    /// True after branches that end in different contexts, when everything that follows would be a guess.
    private var isLost = false

    /// The operations of a page. They must only be run if nothing was added to `log`.
    static func compile(_ nodes: [Bound], of page: TemplateSource, _ log: inout ProblemLog) -> [Operation] {
        var compiler = ContextCompiler(log: log, isPlainText: page.isPlainText)
        let operations = compiler.compile(nodes).operations
        if !compiler.isLost, !compiler.context.isText {
            let place = compiler.openedAt ?? Place(source: page, offset: 0)
            compiler.log.report("the page ends \(compiler.context.description), which begins here", at: place)
        }
        log = compiler.log
        return operations
    }

    private init(log: ProblemLog, isPlainText: Bool) { (self.log, self.isPlainText) = (log, isPlainText) }

    private mutating func compile(_ nodes: [Bound]) -> OperationList {
        var list = OperationList()
        for node in nodes where !isLost {
            switch node {
            case .literal(let range, let place): compileLiteral(range, place, &list)
            case .value(let reference, let shown, let place): compileValue(reference, shown, place, &list)
            case .branch(let branch): compileBranch(branch, &list)
            case .loop(let loop): compileLoop(loop, &list)
            }
        }
        return list
    }

    private mutating func compileLiteral(_ range: Range<Int>, _ place: Place, _ list: inout OperationList) {
        guard !isPlainText else { return list.append(place.source.bytes[range]) }
        var start = range.lowerBound
        var isAfterLineFeed = false
        for offset in range {
            let byte = place.source.bytes[offset]
            if place.source.isIndented, context.isText, isAfterLineFeed, ASCII.isWhitespace(byte) {
                list.append(place.source.bytes[start..<offset])
                start = offset + 1
                continue
            }
            isAfterLineFeed = byte == ASCII.lineFeed
            if context.isText { openedAt = Place(source: place.source, offset: offset, via: place.via) }
            switch context.advance(byte) {
            case nil: break
            case .problem(let message):
                log.report(message, at: Place(source: place.source, offset: offset, via: place.via))
            case .slashAfterURLValue:
                list.append(place.source.bytes[start..<offset])
                list.append(.slashGuard)
                start = offset
            }
        }
        list.append(place.source.bytes[start..<range.upperBound])
    }

    // MARK: Values

    private mutating func compileValue(
        _ reference: Reference, _ shown: String, _ place: Place, _ list: inout OperationList
    ) {
        let valuePlace = context.valuePlace
        defer { context.valuePrinted() }
        if case .refused(let reason) = valuePlace { return log.report(reason, at: place) }
        let escaping = isPlainText ? .none : valuePlace.escaping
        switch reference {
        case .unknown: break
        case .constant(let text):
            if escaping == .wholeURL, !URLEscaping.isAllowed(text.utf8) {
                return log.report("`\(text)` is not an address a page may link to", at: place)
            }
            var bytes = RenderedBytes(capacity: 0)
            escaping.append(text, to: &bytes)
            list.append(bytes.withBytes { Array($0) }[...])
        case .string(let slot): list.append(.string(slot: slot, escaping))
        case .loopIndex(let slot): list.append(.loopIndex(slot: slot))
        case .field(let slot, .text(let get)): list.append(.text(slot: slot, get, escaping))
        case .field(let slot, .number(let get)): list.append(.number(slot: slot, get))
        case .field(let slot, .html(let get)):
            guard valuePlace == .text, !isPlainText else {
                return log.report("`\(shown)` is markup, which can only be printed in text", at: place)
            }
            list.append(.html(slot: slot, get))
        case .flag, .loopFirst, .loopLast, .field(_, .flag):
            log.report("`\(shown)` is a flag and cannot be printed; use it in an `if`", at: place)
        case .model, .loop, .field:
            log.report("`\(shown)` is \(reference.kind) and cannot be printed", at: place)
        }
    }

    // MARK: Branches and loops

    private mutating func compileBranch(_ branch: BoundBranch, _ list: inout OperationList) {
        let start = context.settled
        var ends: [HTMLContext] = []
        var arms: [(alternatives: [[TestTerm]], operations: [Operation])] = []
        var otherwise: [Operation]?

        func walk(_ nodes: [Bound]) -> [Operation] {
            context = start
            let operations = compile(nodes).operations
            ends.append(context.settled)
            return operations
        }

        for arm in branch.arms {
            let operations = walk(arm.nodes)
            // An unreachable arm is checked like the others and then dropped.
            guard otherwise == nil else { continue }
            switch Self.folded(arm.condition) {
            case .always: otherwise = operations
            case .never: break
            case .depends(let alternatives): arms.append((alternatives, operations))
            }
        }
        let rest = walk(branch.otherwise)
        guard !isLost else { return }
        guard let joined = join(ends) else { return loseWay(ends, branch.place) }
        context = joined
        if arms.isEmpty {
            list.append(contentsOf: otherwise ?? rest)
        } else {
            list.append(.branch(arms, otherwise: otherwise ?? rest))
        }
    }

    private mutating func compileLoop(_ loop: BoundLoop, _ list: inout OperationList) {
        let start = context.settled
        context = start
        let body = compile(loop.body).operations
        guard !isLost else { return }
        let end = context.settled
        // The next iteration begins in the context where this one ends.
        guard start.joined(with: end) == start else {
            isLost = true
            return log.report(
                "the loop must end where it begins: it begins \(start.description) and ends \(end.description)",
                at: loop.place)
        }
        context = start
        let otherwise = compile(loop.otherwise).operations
        guard !isLost else { return }
        let ends = [start, context.settled]
        guard let joined = join(ends) else { return loseWay(ends, loop.place) }
        context = joined
        list.append(.loop(loop.items, body: body, otherwise: otherwise))
    }

    private func join(_ ends: [HTMLContext]) -> HTMLContext? {
        guard var joined = ends.first else { return nil }
        for end in ends.dropFirst() {
            guard let next = joined.joined(with: end) else { return nil }
            joined = next
        }
        return joined
    }

    private mutating func loseWay(_ ends: [HTMLContext], _ place: Place) {
        isLost = true
        let other = ends.first { $0.joined(with: ends[0]) == nil } ?? ends[0]
        log.report(
            "the branches end in different places: one \(ends[0].description), another \(other.description)", at: place)
    }

    // MARK: Conditions

    private enum Folded {
        case always
        case never
        case depends([[TestTerm]])
    }

    /// Simplifies a condition by its known terms: a partial given `true` needs no test for it.
    private static func folded(_ condition: BoundCondition) -> Folded {
        var alternatives: [[TestTerm]] = []
        for terms in condition.alternatives {
            var remaining: [TestTerm] = []
            var isNever = false
            for term in terms {
                if case .constant(let answer) = term.test {
                    if answer == term.isNegated { isNever = true }
                } else {
                    remaining.append(TestTerm(test: term.test, expected: !term.isNegated))
                }
            }
            if isNever { continue }
            if remaining.isEmpty { return .always }
            alternatives.append(remaining)
        }
        return alternatives.isEmpty ? .never : .depends(alternatives)
    }
}

/// Operations under construction; adjacent literals are merged.
private struct OperationList {
    private(set) var operations: [Operation] = []

    mutating func append(_ bytes: ArraySlice<UInt8>) {
        guard !bytes.isEmpty else { return }
        guard case .literal = operations.last, case .literal(var before) = operations.popLast() else {
            return operations.append(.literal(Array(bytes)))
        }
        before += bytes
        operations.append(.literal(before))
    }

    mutating func append(_ operation: Operation) { operations.append(operation) }

    mutating func append(contentsOf more: [Operation]) {
        for operation in more {
            if case .literal(let bytes) = operation { append(bytes[...]) } else { append(operation) }
        }
    }
}
