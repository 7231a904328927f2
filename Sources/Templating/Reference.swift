/// The meaning of a name in a template. Slots count the enclosing loops; the page itself is in model slot 0.
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
    /// An unknown name that has been reported; its uses are not reported again.
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
