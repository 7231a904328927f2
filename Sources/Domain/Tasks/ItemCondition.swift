/// Tells if something is in the state that a client changes.
package typealias ItemCondition<Item> = @Sendable (Item) -> Bool
