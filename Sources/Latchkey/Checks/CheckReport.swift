/// The findings of all checks, in order.
struct CheckReport: Sendable {
    private(set) var findings: [CheckFinding] = []

    mutating func ok(_ name: String, _ text: String) { append(.ok, name, text) }
    mutating func warn(_ name: String, _ text: String) { append(.warning, name, text) }
    mutating func fail(_ name: String, _ text: String) { append(.failure, name, text) }

    private mutating func append(_ severity: CheckFinding.Severity, _ name: String, _ text: String) {
        // Problems may be several sentences, each a line of its own.
        let text = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        findings.append(CheckFinding(severity: severity, name: name, text: text))
    }

    /// Runs what throws sentences, as the start does.
    /// - Parameter work: returns the fact.
    /// - Returns: true if it threw nothing.
    @discardableResult
    mutating func attempt(_ name: String, _ work: () async throws -> String) async -> Bool {
        do {
            ok(name, try await work())
            return true
        } catch {
            fail(name, "\(error)")
            return false
        }
    }

    func count(_ severity: CheckFinding.Severity) -> Int { findings.count { $0.severity == severity } }
}
