import Basics
import JSON
import Synchronization
import Testing

@testable import Latchkey

@Suite struct ProgressTests {
    /// A progress with a clock that is turned by hand, and what it wrote.
    private final class Scene: Sendable {
        private let time = Mutex(ContinuousClock.now)
        private let written = Mutex<[String]>([])

        func progress(_ form: Progress.Form, columns: Int = 120) -> Progress {
            Progress(
                form, now: { self.time.withLock { $0 } }, columns: { columns },
                write: { text in self.written.withLock { $0.append(text) } })
        }

        func wait(_ duration: Duration) { time.withLock { $0 += duration } }

        /// What was written since the last look.
        func look() -> [String] {
            written.withLock { written in
                defer { written = [] }
                return written
            }
        }
    }

    private func step(_ done: Int64, of total: Int64? = 1000) -> WorkStep {
        WorkStep("copying", detail: "tasks", done, of: total, .rows)
    }

    @Test func `a terminal has one line, with rate and time left`() {
        let scene = Scene()
        let progress = scene.progress(.terminal)
        progress.show(step(0))
        #expect(scene.look() == ["\r\u{1B}[K[····················] copying (tasks): 0 of 1000 rows, 0 %"])
        scene.wait(.milliseconds(50))
        progress.show(step(10))
        #expect(scene.look() == [])
        scene.wait(.milliseconds(1950))
        progress.show(step(100))
        #expect(
            scene.look() == [
                "\r\u{1B}[K[##··················] copying (tasks): 100 of 1000 rows, 10 %, 50 rows/s, 18 s left"
            ])
        progress.show(step(1000))
        #expect(scene.look().first?.hasSuffix("1000 of 1000 rows, 100 %, 500 rows/s") == true)
        progress.end()
        #expect(scene.look() == ["\r\u{1B}[K"])
        progress.end()
        #expect(scene.look() == [])
    }

    @Test(arguments: [1, 10, 20, 40, 60, 79, 80]) func `a line never wraps`(columns: Int) {
        let scene = Scene()
        scene.progress(.terminal, columns: columns).show(
            WorkStep("copying", detail: "a_table\u{1B}[2J", 123_456_789, of: 987_654_321, .bytes))
        let line = scene.look().joined().dropFirst("\r\u{1B}[K".count)
        #expect(line.unicodeScalars.count < max(2, columns))
        #expect(!line.unicodeScalars.contains("\u{1B}"))
    }

    @Test func `elsewhere short work writes nothing, and long work a line every few seconds`() {
        let scene = Scene()
        let progress = scene.progress(.plain)
        for second in 0..<12 {
            progress.show(step(Int64(second) * 10))
            scene.wait(.seconds(1))
        }
        progress.end()
        #expect(
            scene.look() == [
                "copying (tasks): 50 of 1000 rows, 5 %, 10 rows/s, 95 s left\n",
                "copying (tasks): 100 of 1000 rows, 10 %, 10 rows/s, 90 s left\n",
            ])
    }

    @Test func `programs get one object a line`() throws {
        let scene = Scene()
        let progress = scene.progress(.json(showsSteps: true))
        progress.show(step(0))
        progress.show(step(1))
        scene.wait(.seconds(2))
        progress.show(step(500))
        progress.show(WorkStep("checking"))
        progress.finish(["For people."]) { $0.member("rows", Int64(500)) }
        let objects = try scene.look().map { line in
            #expect(line.last == "\n" && line.utf8.filter { $0 == 0x0A }.count == 1)
            return try JSONReader.read(Array(line.utf8))
        }
        func progressed(_ done: Int64, _ rate: JSONValue, _ left: JSONValue) -> JSONValue {
            [
                "event": "progress", "step": "copying", "detail": "tasks", "done": .integer(done), "total": 1000,
                "unit": "rows", "per_second": rate, "seconds_left": left,
            ]
        }
        #expect(objects.count == 4)
        #expect(objects.first == progressed(0, .null, .null))
        #expect(objects.dropFirst().first == progressed(500, 250, 2))
        #expect(
            objects.dropFirst(2).first == [
                "event": "progress", "step": "checking", "detail": .null, "done": .null, "total": .null, "unit": .null,
                "per_second": .null, "seconds_left": .null,
            ])
        #expect(objects.last == ["event": "result", "rows": 500])
    }

    @Test func `a failure is the last object, and quiet leaves the result only`() {
        let scene = Scene()
        let progress = scene.progress(.json(showsSteps: false))
        progress.show(step(0))
        progress.fail(CommandFailure("No room."))
        #expect(scene.look() == [#"{"event":"failure","message":"No room."}"# + "\n"])
        let silent = scene.progress(.silent)
        silent.show(step(0))
        scene.wait(.seconds(60))
        silent.show(step(1))
        silent.end()
        #expect(scene.look() == [])
    }

    @Test func `the rate is of one kind of work, and unknown extents have a time`() {
        let scene = Scene()
        let progress = scene.progress(.plain)
        progress.show(step(0))
        scene.wait(.seconds(100))
        progress.show(WorkStep("checking"))
        scene.wait(.seconds(7))
        progress.show(WorkStep("checking"))
        scene.wait(.seconds(5))
        progress.show(WorkStep("hashing", 4_000_000, of: 8_000_000, .bytes))
        #expect(scene.look() == ["checking, 0 s\n", "checking, 7 s\n", "hashing: 4.0 MB of 8.0 MB, 50 %\n"])
    }

    @Test func `durations are short`() {
        #expect(
            [5, 99, 100, 3599, 3600, 11_100].map(ProgressEstimate.duration) == [
                "5 s", "99 s", "2 min", "60 min", "1 h 0 min", "3 h 5 min",
            ])
    }

    @Test func `nothing to do is complete`() {
        let scene = Scene()
        scene.progress(.terminal).show(WorkStep("writing", 0, of: 0, .rows))
        #expect(scene.look() == ["\r\u{1B}[K[####################] writing: 0 of 0 rows, 100 %"])
    }
}
