// What counting a request costs, alone and on several threads at once, beside one shared atomic counter.
//
//     swiftc -O -package-name latchkey Sources/Metrics/*.swift Benchmarks/counting/main.swift -o .build/counting
//     .build/counting

import Glibc
import Synchronization

let rounds = 20_000_000

/// Counts requests of 40 routes, with the durations that requests here have.
func count(_ rounds: Int) -> Double {
    var durations = RequestDurations()
    let begun = ContinuousClock.now
    for round in 0..<rounds {
        let number = round &* 2_654_435_761 >> 8
        durations.record(
            Double(number & 1023) / 1_000_000, of: .route(number % 40), round & 7 == 0 ? .post : .get,
            status: round & 15 == 0 ? 304 : 200)
    }
    let nanoseconds = (ContinuousClock.now - begun) / .nanoseconds(1)
    guard !durations.family(routes: []).samples.isEmpty else { return .nan }
    return nanoseconds / Double(rounds)
}

let shared = Atomic<UInt64>(0)

func share(_ rounds: Int) -> Double {
    let begun = ContinuousClock.now
    for _ in 0..<rounds { shared.wrappingAdd(1, ordering: .relaxed) }
    return (ContinuousClock.now - begun) / .nanoseconds(1) / Double(rounds)
}

func clock(_ rounds: Int) -> Double {
    var time = timespec()
    let begun = ContinuousClock.now
    for _ in 0..<rounds { clock_gettime(CLOCK_MONOTONIC, &time) }
    return (ContinuousClock.now - begun) / .nanoseconds(1) / Double(rounds)
}

/// The longest of several threads that do the same at once.
func together(_ threads: Int, _ work: @escaping @Sendable () -> Double) async -> Double {
    await withTaskGroup(of: Double.self) { group in
        for _ in 0..<threads { group.addTask { work() } }
        return await group.reduce(0, max)
    }
}

func shown(_ nanoseconds: Double) -> String { "\((nanoseconds * 10).rounded() / 10) ns" }

for threads in [1, 2] {
    print("\(threads) thread\(threads == 1 ? "" : "s"):")
    print("  a request counted by route, method, status and duration: \(shown(await together(threads) { count(rounds) }))")
    print("  one shared atomic counter, for comparison:               \(shown(await together(threads) { share(rounds) }))")
    print("  reading the clock:                                       \(shown(await together(threads) { clock(rounds) }))")
}

var durations = RequestDurations()
for route in 0..<150 {
    for status: UInt in [200, 201, 304, 401, 404] {
        durations.record(0.001, of: .route(route), .get, status: status)
    }
}
let begun = ContinuousClock.now
let text = MetricsText.render([durations.family(routes: (0..<150).map { "/api/route/\($0)/{id}" })])
print("a scrape of 150 routes with five statuses each: \(text.utf8.count / 1024) KiB, \(ContinuousClock.now - begun)")
