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
