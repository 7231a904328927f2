/// One file, parsed.
struct Template {
    let source: TemplateSource
    /// The layout named by `{% extends %}`.
    var layout: TemplateName?
    var nodes: [Node] = []
    /// Every `{% include %}` of the file, in its order.
    var includes: [TemplateName] = []
    /// Every block of the file, also those inside other blocks.
    var blocks: [Block] = []
}

indirect enum Node {
    case text(Range<Int>)
    case value(Operand)
    case branch(Branch)
    case loop(Loop)
    case include(Include)
    case block(Block)
}

/// What can stand between `{{` and `}}` or after `=`.
struct Operand {
    enum Kind {
        case path([PathPart])
        case string(String)
        case flag(Bool)
    }

    let kind: Kind
    let offset: Int
}

struct Branch {
    struct Arm {
        let condition: Condition
        let nodes: [Node]
    }

    let offset: Int
    let arms: [Arm]
    let otherwise: [Node]
}

/// `a and not b or c`: true when all terms of one alternative are.
struct Condition {
    struct Term {
        let isNegated: Bool
        let path: [PathPart]
    }

    var alternatives: [[Term]]
}

struct Loop {
    let offset: Int
    let name: String
    let list: [PathPart]
    let body: [Node]
    let otherwise: [Node]
}

struct Include {
    struct Argument {
        let name: String
        let value: Operand
    }

    let offset: Int
    let template: TemplateName
    let arguments: [Argument]
}

struct Block {
    let name: String
    let offset: Int
    /// True for a block that stands in no other one.
    let isOutermost: Bool
    let nodes: [Node]
}
