/// Runs a page's program with its values.
struct Renderer: ~Copyable {
    private let program: Program
    private var models: [ModelPointer]
    private var strings: [String] = []
    private var loops: [LoopPosition] = []
    private(set) var output: RenderedBytes

    /// - Parameter page: must not move until the program has run.
    /// - Parameter size: the size expected, in bytes.
    init(_ program: Program, page: ModelPointer, size: Int) {
        self.program = program
        models = [page]
        output = RenderedBytes(capacity: size)
    }

    mutating func run() { run(0..<program.steps.count) }

    private mutating func run(_ steps: Range<Int>) {
        var next = steps.lowerBound
        while next < steps.upperBound {
            let step = program.steps[next]
            next += 1
            switch step {
            case .literal(let range): output.append(contentsOf: UnsafeBufferPointer(rebasing: program.bytes[range]))
            case .text(let slot, let getter, let escaping):
                if let text = program.text(getter, of: models[slot]) { escaping.append(text, to: &output) }
            case .string(let slot, let escaping): escaping.append(strings[slot], to: &output)
            case .number(let slot, let getter):
                if let number = program.numbers[getter](models[slot]) { Escaping.append(number, to: &output) }
            case .loopIndex(let slot): Escaping.append(loops[slot].index, to: &output)
            case .html(let slot, let getter):
                if let markup = program.markup[getter](models[slot]) { output.append(contentsOf: markup.bytes) }
            case .slashGuard: Escaping.separateSlash(&output)
            case .test(let question, let ifTrue, let ifFalse): next = answer(to: question) ? ifTrue : ifFalse
            case .jump(let target): next = target
            case .models(let slot, let visit, let end, let after):
                next = visitModels(slot, visit, next..<end) ? after : end
            case .strings(let slot, let getter, let end, let after):
                next = visitStrings(slot, getter, next..<end) ? after : end
            }
        }
    }

    private func answer(to question: Program.Question) -> Bool {
        switch question {
        case .field(let slot, let getter): program.flag(getter, of: models[slot])
        case .string(let slot): !strings[slot].isEmpty
        case .isFirst(let slot): loops[slot].index == 1
        case .isLast(let slot): loops[slot].index == loops[slot].count
        }
    }

    /// Returns false if there was no item.
    private mutating func visitModels(_ slot: Int, _ visit: Int, _ body: Range<Int>) -> Bool {
        var hasItems = false
        program.visits[visit](models[slot]) { item, position in
            hasItems = true
            models.append(item)
            loops.append(position)
            run(body)
            models.removeLast()
            loops.removeLast()
        }
        return hasItems
    }

    /// Returns false if there was no item.
    private mutating func visitStrings(_ slot: Int, _ getter: Int, _ body: Range<Int>) -> Bool {
        let list = program.lists[getter](models[slot])
        for (index, item) in list.enumerated() {
            strings.append(item)
            loops.append(LoopPosition(index: index + 1, count: list.count))
            run(body)
            strings.removeLast()
            loops.removeLast()
        }
        return !list.isEmpty
    }
}
