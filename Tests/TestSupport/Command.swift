import Foundation

/// Runs a program that is found by its name, and waits for its end.
/// - Parameter isQuiet: true to drop its standard error, which otherwise joins that of the tests.
package func runCommand(_ arguments: [String], isQuiet: Bool = false) throws -> (status: Int32, output: Data) {
    let (process, pipe) = (Process(), Pipe())
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.standardOutput = pipe
    if isQuiet { process.standardError = nil }
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, output)
}
