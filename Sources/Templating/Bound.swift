/// A page's tree after names have been looked up: layouts and partials are in their places, and every path is a
/// reference to a typed value.
indirect enum Bound {
    case literal(Range<Int>, Place)
    case value(Reference, shown: String, Place)
    case branch(BoundBranch)
    case loop(BoundLoop)
}

struct BoundBranch {
    struct Arm {
        let condition: BoundCondition
        let nodes: [Bound]
    }

    let place: Place
    let arms: [Arm]
    let otherwise: [Bound]
}

struct BoundCondition {
    struct Term {
        let isNegated: Bool
        let test: Test
    }

    let alternatives: [[Term]]
}

/// A question with the answer yes or no, to be asked of the values at hand while rendering.
enum Test: Sendable {
    case constant(Bool)
    case field(slot: Int, FieldValue.Getter<Bool>)
    case string(slot: Int)
    case isFirst(slot: Int)
    case isLast(slot: Int)
}

struct BoundLoop {
    let place: Place
    let items: Items
    let body: [Bound]
    let otherwise: [Bound]
}

/// What a loop goes through.
enum Items: Sendable {
    case models(slot: Int, FieldValue.ListVisit)
    case strings(slot: Int, FieldValue.Getter<[String]>)
}

/// What a name in a template stands for. Slots count the enclosing loops; the page itself is in model slot 0.
enum Reference {
    case constant(String)
    case flag(Bool)
    case field(slot: Int, FieldValue)
    case model(slot: Int, any TemplateModel.Type)
    case string(slot: Int)
    case loop(slot: Int)
    case loopIndex(slot: Int)
    case loopFirst(slot: Int)
    case loopLast(slot: Int)
    /// Already reported; using it is no further mistake.
    case unknown

    var kind: String {
        switch self {
        case .constant, .string: "a text"
        case .flag, .loopFirst, .loopLast: "a flag"
        case .field(_, let value): value.kind
        case .model: "a model"
        case .loop: "the loop itself"
        case .loopIndex: "a number"
        case .unknown: "unknown"
        }
    }
}
