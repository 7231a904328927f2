/// A change that its client made to another state of something than the present one. Nothing was changed.
package struct ItemConflict<Item: Sendable>: Error, Sendable {
    package let current: Item

    package init(current: Item) { self.current = current }
}
