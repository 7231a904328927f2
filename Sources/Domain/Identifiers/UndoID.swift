/// A change that can be undone. Grows with time.
package struct UndoID: Identifier {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
}
