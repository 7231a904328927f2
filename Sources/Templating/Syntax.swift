/// A parsed file.
struct Template {
    let source: TemplateSource
    /// The layout named by `{% extends %}`.
    var layout: TemplateName?
    var nodes: [Node] = []
    /// Every `{% include %}` of the file, in order.
    var includes: [TemplateName] = []
    /// Every block of the file, including nested ones.
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

/// An operand between `{{` and `}}` or after `=`.
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

/// `a and not b or c`: true if all terms of one alternative are.
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
    /// True for a block that is not nested in another one.
    let isOutermost: Bool
    let nodes: [Node]
}
