/// The position of a loop: `index` counts from 1.
@usableFromInline
struct LoopPosition: Sendable {
    @usableFromInline var index: Int
    @usableFromInline let count: Int

    @inlinable
    init(index: Int, count: Int) {
        self.index = index
        self.count = count
    }
}
