/// Suggests the name that was probably meant.
package enum Suggestion {
    /// `; did you mean …?` with the closest of `candidates`, or an empty text if none is close.
    static func clause(for name: String, among candidates: some Sequence<String>) -> String {
        let limit = name.utf8.count < 4 ? 1 : 2
        var best: (name: String, distance: Int)?
        for candidate in candidates.sorted() {
            let distance = distance(from: name, to: candidate)
            if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best.map { "; did you mean `\($0.name)`?" } ?? ""
    }

    /// The number of bytes to insert, delete, replace or transpose (edit distance).
    package static func distance(from first: String, to second: String) -> Int {
        let first = Array(first.utf8)
        let second = Array(second.utf8)
        guard first.count <= 80, second.count <= 80, abs(first.count - second.count) <= 2 else { return .max }
        var beforeLast = [Int](repeating: 0, count: second.count + 1)
        var last = Array(0...second.count)
        for row in first.indices {
            var current = [row + 1]
            for column in second.indices {
                let isSame = first[row] == second[column]
                var cost = min(last[column] + (isSame ? 0 : 1), last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, first[row] == second[column - 1], first[row - 1] == second[column] {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[second.count]
    }
}
