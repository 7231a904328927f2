/// A page's operations as one sequence of steps with jumps: a step consists of a few numbers, and the objects that it
/// refers to are in tables. The compiler's operations hold arrays and closures, which would be retained and released at
/// every access.
///
/// @unchecked is safe: the pieces of memory are written by `init` only, and freed with the getters when nothing refers to
/// the program; all else is Sendable by itself and never changes.
final class Program: @unchecked Sendable {
    enum Step: Sendable {
        case literal(Range<Int>)
        case text(slot: Int, getter: Int, Escaping)
        case string(slot: Int, Escaping)
        case number(slot: Int, getter: Int)
        case loopIndex(slot: Int)
        case html(slot: Int, getter: Int)
        case slashGuard
        case test(Question, ifTrue: Int, ifFalse: Int)
        case jump(to: Int)
        /// The steps up to `end` are run for each item, those from `end` to `after` if there is none.
        case models(slot: Int, visit: Int, end: Int, after: Int)
        case strings(slot: Int, getter: Int, end: Int, after: Int)
    }

    enum Question: Sendable {
        case field(slot: Int, getter: Int)
        case string(slot: Int)
        case isFirst(slot: Int)
        case isLast(slot: Int)
    }

    /// The most frequent getters, in objects whose references are not counted when they are called: otherwise all threads
    /// that render the same page would write to the same counts, and wait for each other.
    final class Getter<Value>: Sendable {
        private let get: FieldValue.Getter<Value>

        init(_ get: @escaping FieldValue.Getter<Value>) { self.get = get }

        func value(_ model: ModelPointer) -> Value { get(model) }
    }

    let steps: UnsafeBufferPointer<Step>
    let bytes: UnsafeBufferPointer<UInt8>
    private let texts: UnsafeBufferPointer<Unmanaged<Getter<String?>>>
    private let flags: UnsafeBufferPointer<Unmanaged<Getter<Bool>>>
    let numbers: [FieldValue.Getter<Int?>]
    let markup: [FieldValue.Getter<TrustedHTML?>]
    let visits: [FieldValue.ListVisit]
    let lists: [FieldValue.Getter<[String]>]

    init(_ operations: [Operation]) {
        var layout = Layout()
        layout.add(operations)
        steps = Self.lasting(layout.steps)
        bytes = Self.lasting(layout.bytes)
        texts = Self.lasting(layout.texts.map { .passRetained(Getter($0)) })
        flags = Self.lasting(layout.flags.map { .passRetained(Getter($0)) })
        numbers = layout.numbers
        markup = layout.markup
        visits = layout.visits
        lists = layout.lists
    }

    deinit {
        for getter in texts { getter.release() }
        for getter in flags { getter.release() }
        texts.deallocate()
        flags.deallocate()
        steps.deallocate()
        bytes.deallocate()
    }

    func text(_ getter: Int, of model: ModelPointer) -> String? {
        texts[getter]._withUnsafeGuaranteedRef { $0.value(model) }
    }

    func flag(_ getter: Int, of model: ModelPointer) -> Bool {
        flags[getter]._withUnsafeGuaranteedRef { $0.value(model) }
    }

    /// Elements without references of their own, in memory that is not reference-counted like an array.
    private static func lasting<Element>(_ elements: [Element]) -> UnsafeBufferPointer<Element> {
        let memory = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count)
        _ = memory.initialize(from: elements)
        return UnsafeBufferPointer(memory)
    }

    private struct Layout {
        var steps: [Step] = []
        var bytes: [UInt8] = []
        var texts: [FieldValue.Getter<String?>] = []
        var numbers: [FieldValue.Getter<Int?>] = []
        var flags: [FieldValue.Getter<Bool>] = []
        var markup: [FieldValue.Getter<TrustedHTML?>] = []
        var visits: [FieldValue.ListVisit] = []
        var lists: [FieldValue.Getter<[String]>] = []

        mutating func add(_ operations: [Operation]) {
            for operation in operations { add(operation) }
        }

        private mutating func add(_ operation: Operation) {
            switch operation {
            case .literal(let literal):
                steps.append(.literal(bytes.count..<bytes.count + literal.count))
                bytes += literal
            case .text(let slot, let get, let escaping):
                steps.append(.text(slot: slot, getter: Self.add(get, to: &texts), escaping))
            case .string(let slot, let escaping): steps.append(.string(slot: slot, escaping))
            case .number(let slot, let get): steps.append(.number(slot: slot, getter: Self.add(get, to: &numbers)))
            case .loopIndex(let slot): steps.append(.loopIndex(slot: slot))
            case .html(let slot, let get): steps.append(.html(slot: slot, getter: Self.add(get, to: &markup)))
            case .slashGuard: steps.append(.slashGuard)
            case .branch(let arms, let otherwise): addBranch(arms, otherwise)
            case .loop(let items, let body, let otherwise): addLoop(items, body, otherwise)
            }
        }

        private mutating func addBranch(
            _ arms: [(alternatives: [[TestTerm]], operations: [Operation])], _ otherwise: [Operation]
        ) {
            var exits: [Int] = []
            for (index, arm) in arms.enumerated() {
                // The tests are set once the place of the next arm is known.
                let tests = steps.count
                let body = tests + arm.alternatives.joined().count
                steps += Array(repeating: Self.unset, count: body - tests)
                add(arm.operations)
                if index < arms.count - 1 || !otherwise.isEmpty {
                    exits.append(steps.count)
                    steps.append(Self.unset)
                }
                setTests(arm.alternatives, at: tests, ifTrue: body, ifFalse: steps.count)
            }
            add(otherwise)
            for exit in exits { steps[exit] = .jump(to: steps.count) }
        }

        /// Stands for a step whose target is not known yet.
        private static let unset = Step.jump(to: 0)

        private mutating func setTests(_ alternatives: [[TestTerm]], at start: Int, ifTrue: Int, ifFalse: Int) {
            var place = start
            for (index, terms) in alternatives.enumerated() {
                let end = place + terms.count
                for term in terms {
                    let next = place + 1
                    steps[place] = test(
                        term, ifTrue: next == end ? ifTrue : next,
                        ifFalse: index == alternatives.count - 1 ? ifFalse : end)
                    place = next
                }
            }
        }

        private mutating func test(_ term: TestTerm, ifTrue: Int, ifFalse: Int) -> Step {
            let (ifTrue, ifFalse) = term.expected ? (ifTrue, ifFalse) : (ifFalse, ifTrue)
            let question: Question
            switch term.test {
            case .constant(let answer): return .jump(to: answer ? ifTrue : ifFalse)
            case .field(let slot, let get):
                question = .field(slot: slot, getter: Self.add(get, to: &flags))
            case .string(let slot): question = .string(slot: slot)
            case .isFirst(let slot): question = .isFirst(slot: slot)
            case .isLast(let slot): question = .isLast(slot: slot)
            }
            return .test(question, ifTrue: ifTrue, ifFalse: ifFalse)
        }

        private mutating func addLoop(_ items: Items, _ body: [Operation], _ otherwise: [Operation]) {
            let place = steps.count
            steps.append(Self.unset)
            add(body)
            let end = steps.count
            add(otherwise)
            steps[place] =
                switch items {
                case .models(let slot, let visit):
                    .models(slot: slot, visit: Self.add(visit, to: &visits), end: end, after: steps.count)
                case .strings(let slot, let get):
                    .strings(slot: slot, getter: Self.add(get, to: &lists), end: end, after: steps.count)
                }
        }

        private static func add<Element>(_ element: Element, to list: inout [Element]) -> Int {
            list.append(element)
            return list.count - 1
        }
    }
}
