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

    mutating func run() { run(program.start) }

    private mutating func run(_ steps: Program.Steps) {
        for index in steps {
            switch program.steps[index] {
            case .literal(let range): output.append(contentsOf: UnsafeBufferPointer(rebasing: program.bytes[range]))
            case .text(let slot, let getter, let escaping):
                if let text = program.texts[getter](models[slot]) { escaping.append(text, to: &output) }
            case .string(let slot, let escaping): escaping.append(strings[slot], to: &output)
            case .number(let slot, let getter):
                if let number = program.numbers[getter](models[slot]) { Escaping.append(number, to: &output) }
            case .loopIndex(let slot): Escaping.append(loops[slot].index, to: &output)
            case .html(let slot, let getter):
                if let markup = program.markup[getter](models[slot]) { output.append(contentsOf: markup.bytes) }
            case .slashGuard: Escaping.separateSlash(&output)
            case .branch(let arms, let otherwise): run(taken(of: arms) ?? otherwise)
            case .models(let slot, let visit, let body, let otherwise):
                if !visitModels(slot, visit, body) { run(otherwise) }
            case .strings(let slot, let getter, let body, let otherwise):
                if !visitStrings(slot, getter, body) { run(otherwise) }
            }
        }
    }

    private func taken(of arms: Range<Int>) -> Program.Steps? {
        for arm in arms where program.arms[arm].alternatives.contains(where: { holds(program.alternatives[$0]) }) {
            return program.arms[arm].steps
        }
        return nil
    }

    private func holds(_ terms: Range<Int>) -> Bool {
        terms.allSatisfy { answer(to: program.terms[$0].question) == program.terms[$0].expected }
    }

    private func answer(to question: Program.Term.Question) -> Bool {
        switch question {
        case .constant(let answer): answer
        case .field(let slot, let getter): program.flags[getter](models[slot])
        case .string(let slot): !strings[slot].isEmpty
        case .isFirst(let slot): loops[slot].index == 1
        case .isLast(let slot): loops[slot].index == loops[slot].count
        }
    }

    /// Returns false if there was no item.
    private mutating func visitModels(_ slot: Int, _ visit: Int, _ body: Program.Steps) -> Bool {
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
    private mutating func visitStrings(_ slot: Int, _ getter: Int, _ body: Program.Steps) -> Bool {
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
