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

/// A yes-or-no test of values during rendering.
enum Test: Sendable {
    case constant(Bool)
    case field(slot: Int, FieldValue.Getter<Bool>)
    case string(slot: Int)
    case isFirst(slot: Int)
    case isLast(slot: Int)
}
