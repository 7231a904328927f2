import FoundationEssentials

/// Runs `work` with a new, empty directory and removes it afterwards.
package func withTemporaryDirectory<Value>(_ work: (String) async throws -> Value) async throws -> Value {
    let path = temporaryRoot + "latchkey-test-\(UInt64.random(in: .min ... .max))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await work(path)
}

private let temporaryRoot = FileManager.default.temporaryDirectory.path + "/"

/// The root of the package, found from this file.
package let packageRoot: String = {
    var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast(3)
    return parts.joined(separator: "/")
}()

/// The text of a file of the package.
package func packageFile(_ path: String) throws -> String {
    try String(contentsOfFile: packageRoot + "/" + path, encoding: .utf8)
}
