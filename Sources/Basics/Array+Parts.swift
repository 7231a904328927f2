extension Array {
    /// The elements in their order, in arrays of a size; the last can be shorter.
    package func parts(of size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
