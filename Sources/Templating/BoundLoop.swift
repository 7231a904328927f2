struct BoundLoop {
    let place: Place
    let items: Items
    let body: [Bound]
    let otherwise: [Bound]
}

/// The items that a loop iterates over.
enum Items: Sendable {
    case models(slot: Int, FieldValue.ListVisit)
    case strings(slot: Int, FieldValue.Getter<[String]>)
}
