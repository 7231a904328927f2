/// A page's operations in a flat form for execution: a step consists of a few numbers, and the objects that it refers
/// to are in tables. The compiler's operations hold arrays and closures, which would be retained and released at every
/// access.
///
/// @unchecked is safe: the pieces of memory are written by `init` only, and freed when nothing refers to the
/// program; all else is Sendable by itself and never changes.
final class Program: @unchecked Sendable {
    typealias Steps = Range<Int>

    enum Step: Sendable {
        case literal(Range<Int>)
        case text(slot: Int, getter: Int, Escaping)
        case string(slot: Int, Escaping)
        case number(slot: Int, getter: Int)
        case loopIndex(slot: Int)
        case html(slot: Int, getter: Int)
        case slashGuard
        case branch(arms: Range<Int>, otherwise: Steps)
        case models(slot: Int, visit: Int, body: Steps, otherwise: Steps)
        case strings(slot: Int, getter: Int, body: Steps, otherwise: Steps)
    }

    /// Taken if one of the alternatives holds.
    struct Arm: Sendable {
        let alternatives: Range<Int>
        let steps: Steps
    }

    struct Term: Sendable {
        enum Question: Sendable {
            case constant(Bool)
            case field(slot: Int, getter: Int)
            case string(slot: Int)
            case isFirst(slot: Int)
            case isLast(slot: Int)
        }

        let question: Question
        let expected: Bool
    }

    let start: Steps
    let steps: UnsafeBufferPointer<Step>
    let bytes: UnsafeBufferPointer<UInt8>
    let arms: UnsafeBufferPointer<Arm>
    /// Ranges of terms that must all be true.
    let alternatives: UnsafeBufferPointer<Range<Int>>
    let terms: UnsafeBufferPointer<Term>
    let texts: [FieldValue.Getter<String?>]
    let numbers: [FieldValue.Getter<Int?>]
    let flags: [FieldValue.Getter<Bool>]
    let markup: [FieldValue.Getter<TrustedHTML?>]
    let visits: [FieldValue.ListVisit]
    let lists: [FieldValue.Getter<[String]>]

    init(_ operations: [Operation]) {
        var layout = Layout()
        start = layout.add(operations)
        steps = Self.lasting(layout.steps)
        bytes = Self.lasting(layout.bytes)
        arms = Self.lasting(layout.arms)
        alternatives = Self.lasting(layout.alternatives)
        terms = Self.lasting(layout.terms)
        texts = layout.texts
        numbers = layout.numbers
        flags = layout.flags
        markup = layout.markup
        visits = layout.visits
        lists = layout.lists
    }

    deinit {
        steps.deallocate()
        bytes.deallocate()
        arms.deallocate()
        alternatives.deallocate()
        terms.deallocate()
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
        var arms: [Arm] = []
        var alternatives: [Range<Int>] = []
        var terms: [Term] = []
        var texts: [FieldValue.Getter<String?>] = []
        var numbers: [FieldValue.Getter<Int?>] = []
        var flags: [FieldValue.Getter<Bool>] = []
        var markup: [FieldValue.Getter<TrustedHTML?>] = []
        var visits: [FieldValue.ListVisit] = []
        var lists: [FieldValue.Getter<[String]>] = []

        /// Lays out the nested operations first, so that these themselves are contiguous.
        mutating func add(_ operations: [Operation]) -> Steps {
            Self.append(operations.map { step($0) }, to: &steps)
        }

        private mutating func step(_ operation: Operation) -> Step {
            switch operation {
            case .literal(let literal): .literal(Self.append(literal, to: &bytes))
            case .text(let slot, let get, let escaping): .text(slot: slot, getter: Self.add(get, to: &texts), escaping)
            case .string(let slot, let escaping): .string(slot: slot, escaping)
            case .number(let slot, let get): .number(slot: slot, getter: Self.add(get, to: &numbers))
            case .loopIndex(let slot): .loopIndex(slot: slot)
            case .html(let slot, let get): .html(slot: slot, getter: Self.add(get, to: &markup))
            case .slashGuard: .slashGuard
            case .branch(let arms, let otherwise):
                .branch(
                    arms: Self.append(
                        arms.map { arm in
                            let ranges = arm.alternatives.map { terms in
                                Self.append(terms.map { term($0) }, to: &self.terms)
                            }
                            return Arm(
                                alternatives: Self.append(ranges, to: &alternatives), steps: add(arm.operations))
                        }, to: &self.arms), otherwise: add(otherwise))
            case .loop(.models(let slot, let visit), let body, let otherwise):
                .models(
                    slot: slot, visit: Self.add(visit, to: &visits), body: add(body), otherwise: add(otherwise))
            case .loop(.strings(let slot, let get), let body, let otherwise):
                .strings(slot: slot, getter: Self.add(get, to: &lists), body: add(body), otherwise: add(otherwise))
            }
        }

        private mutating func term(_ term: TestTerm) -> Term {
            let question: Term.Question =
                switch term.test {
                case .constant(let answer): .constant(answer)
                case .field(let slot, let get): .field(slot: slot, getter: Self.add(get, to: &flags))
                case .string(let slot): .string(slot: slot)
                case .isFirst(let slot): .isFirst(slot: slot)
                case .isLast(let slot): .isLast(slot: slot)
                }
            return Term(question: question, expected: term.expected)
        }

        private static func append<Element>(_ elements: [Element], to list: inout [Element]) -> Range<Int> {
            let start = list.count
            list += elements
            return start..<list.count
        }

        private static func add<Element>(_ element: Element, to list: inout [Element]) -> Int {
            list.append(element)
            return list.count - 1
        }
    }
}
