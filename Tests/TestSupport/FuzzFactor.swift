import FoundationEssentials

/// How many times as many rounds as usual random tests take; `make fuzz` sets it.
package let fuzzFactor = ProcessInfo.processInfo.environment["LATCHKEY_FUZZ"].flatMap { Int($0) } ?? 1
