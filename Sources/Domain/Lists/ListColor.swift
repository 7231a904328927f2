/// The colours that a list can have.
package enum ListColor: String, Sendable, CaseIterable {
    case gray, red, orange, amber, yellow, lime, green, teal, cyan, blue, purple, pink

    /// The colour of a new list beside these, if none is chosen: one that differs from theirs and from the last's.
    package static func next(after used: [ListColor]) -> ListColor {
        let order: [ListColor] = [.blue, .orange, .green, .pink, .teal, .amber, .purple, .red, .cyan, .lime, .yellow]
        return order.first { !used.contains($0) } ?? order[used.count % order.count]
    }
}
