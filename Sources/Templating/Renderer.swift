/// Runs a page's operations over its values.
struct Renderer {
    private var models: [ModelPointer]
    private var strings: [String] = []
    private var loops: [LoopPosition] = []
    private(set) var output: [UInt8]

    /// Appends to `output`, which it takes over so that the bytes are never copied.
    /// - Parameter page: must stay where it is until all is run.
    init(page: ModelPointer, output: consuming [UInt8]) {
        models = [page]
        self.output = output
    }

    mutating func reserve(_ count: Int) { output.reserveCapacity(output.count + count) }

    mutating func run(_ operations: [Operation]) {
        for operation in operations {
            switch operation {
            case .literal(let bytes): output.append(contentsOf: bytes)
            case .text(let slot, let get, let escaping):
                if let text = get(models[slot]) { escaping.append(text, to: &output) }
            case .string(let slot, let escaping): escaping.append(strings[slot], to: &output)
            case .number(let slot, let get):
                if let number = get(models[slot]) { Escaping.append(number, to: &output) }
            case .loopIndex(let slot): Escaping.append(loops[slot].index, to: &output)
            case .html(let slot, let get):
                if let markup = get(models[slot]) { output.append(contentsOf: markup.bytes) }
            case .slashGuard: Escaping.separateSlash(&output)
            case .branch(let arms, let otherwise):
                let arm = arms.first { holds($0.alternatives) }
                run(arm?.operations ?? otherwise)
            case .loop(let items, let body, let otherwise):
                if !run(items, body) { run(otherwise) }
            }
        }
    }

    private func holds(_ alternatives: [[TestTerm]]) -> Bool {
        alternatives.contains { terms in
            terms.allSatisfy { answer(to: $0.test) == $0.expected }
        }
    }

    private func answer(to test: Test) -> Bool {
        switch test {
        case .constant(let answer): answer
        case .field(let slot, let get): get(models[slot])
        case .string(let slot): !strings[slot].isEmpty
        case .isFirst(let slot): loops[slot].index == 1
        case .isLast(let slot): loops[slot].index == loops[slot].count
        }
    }

    /// False when there was no item.
    private mutating func run(_ items: Items, _ body: [Operation]) -> Bool {
        var hasItems = false
        switch items {
        case .models(let slot, let visit):
            let model = models[slot]
            visit(model) { item, position in
                hasItems = true
                models.append(item)
                loops.append(position)
                run(body)
                models.removeLast()
                loops.removeLast()
            }
        case .strings(let slot, let get):
            let list = get(models[slot])
            hasItems = !list.isEmpty
            var position = LoopPosition(index: 0, count: list.count)
            for item in list {
                position.index += 1
                strings.append(item)
                loops.append(position)
                run(body)
                strings.removeLast()
                loops.removeLast()
            }
        }
        return hasItems
    }
}
