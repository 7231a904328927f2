import Domain
import Synchronization
import Testing

@Suite struct ChangeHubTests {
    private let alice = UserID(rawValue: "alice")
    private let bob = UserID(rawValue: "bob")

    private final class Version: Sendable {
        private let number = Mutex(0)

        var value: Int { number.withLock { $0 } }

        func advance() { number.withLock { $0 += 1 } }
    }

    @Test(.timeLimit(.minutes(5))) func `no signal is lost between taking and waiting`() async throws {
        let (hub, count) = (ChangeHub(), 100)
        for _ in 0..<100 {
            let version = Version()
            let listener = try #require(hub.listen(to: alice, session: nil))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        for step in 0..<count {
                            version.advance()
                            hub.wake(alice, .change)
                            if step % 8 == 0 { await Task.yield() }
                        }
                    }
                }
                // If the last signal were lost, this would wait for ever.
                while true {
                    let signal = listener.take()
                    #expect(signal == .change)
                    if version.value == 4 * count { break }
                    await withCheckedContinuation { continuation in listener.whenSignalled { continuation.resume() } }
                }
                try await group.waitForAll()
            }
        }
        #expect(hub.count == 0)
    }

    @Test func `reasons gather until they are taken, and the first is to look`() throws {
        let hub = ChangeHub()
        let listener = try #require(hub.listen(to: alice, session: nil))
        #expect(listener.take() == .change)
        #expect(listener.take() == [])
        hub.wake(alice, .session)
        hub.wakeAll(.tick)
        #expect(listener.take() == [.session, .tick])
        #expect(listener.take() == [])
    }

    @Test func `a signal reaches the listeners that it is meant for`() throws {
        let hub = ChangeHub()
        let sessions = [nil, SessionID(rawValue: "a"), SessionID(rawValue: "b")]
        let hers = try sessions.map { try #require(hub.listen(to: alice, session: $0)) }
        let his = try #require(hub.listen(to: bob, session: nil))
        let all = hers + [his]
        let take = { all.map { $0.take() } }
        #expect(take() == [.change, .change, .change, .change])
        hub.wake(alice, .change)
        #expect(take() == [.change, .change, .change, []])
        hub.wake(try #require(sessions[2]))
        #expect(take() == [[], [], .session, []])
        hub.tick(1, of: 2)
        #expect(take() == [[], .tick, [], .tick])
    }

    @Test func `an account has as many listeners as it may, and room again once one has left`() throws {
        let hub = ChangeHub()
        var listeners = (0..<ChangeHub.maximumPerAccount).compactMap { _ in hub.listen(to: alice, session: nil) }
        #expect(listeners.count == ChangeHub.maximumPerAccount)
        #expect(hub.listen(to: alice, session: nil) == nil)
        #expect(hub.listen(to: bob, session: nil) != nil)
        listeners.removeLast()
        #expect(hub.listen(to: alice, session: nil) != nil)
        #expect(hub.count == listeners.count)
        listeners = []
        #expect(hub.count == 0)
    }
}
