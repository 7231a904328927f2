/// The colours that a list can have.
package enum ListColor: String, Sendable, CaseIterable {
    case gray, red, orange, amber, yellow, lime, green, teal, cyan, blue, purple, pink
}
