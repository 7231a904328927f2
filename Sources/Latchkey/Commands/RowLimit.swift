import ArgumentParser

/// `--limit`: the number of rows that a list shows.
struct RowLimit: ParsableArguments {
    @Option(name: .customLong("limit"), help: "How many at most, 1–10000.") var count = 50

    func validate() throws {
        guard (1...10_000).contains(count) else { throw ValidationError("The limit is 1 to 10000.") }
    }
}
