import Foundation
import TestSupport
import Testing

/// Runs a test in a process with network and mount namespaces of its own. Its network is a loopback that has whichever
/// addresses the test wants, and the system's resolver asks the name server that the test starts.
///
/// Outside of them nothing but that process is started, and the test passes if it does there.
struct OwnNetwork: TestTrait, TestScoping {
    /// The addresses besides 127.0.0.0/8 and ::1.
    let addresses: [String]

    private static let variable = "LATCHKEY_OWN_NETWORK"
    private static let environment = ProcessInfo.processInfo.environment

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        if Self.environment[Self.variable] != nil { return try await function() }
        guard let way = Self.way else {
            Issue.record(Self.reason)
            return
        }
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
        // Backquotes and parentheses mean something else to a filter.
        let name = test.name.filter { $0 != "`" }.prefix { $0 != "(" }
        let (status, output) = try Self.run(
            [program, "--testing-library", "swift-testing", "--filter", "\(name)"], way, addresses)
        #expect(status == 0 && output.contains("Test run with 1 test "), "\(output)")
    }

    // MARK: Namespaces

    /// True where namespaces can be made, and where all tests have to run.
    static var mayBeTried: Bool {
        environment[variable] != nil || way != nil || environment["LATCHKEY_TRY_ALL"]?.isEmpty == false
    }

    /// The reason why a test could not run. Scripts/test.sh counts those apart that begin like it.
    static let reason: Comment = """
        Not tried: a name server of the test's own, as no network with a loopback and no mount can be had here. Run the \
        tests as root, in a container with --cap-add NET_ADMIN --cap-add SYS_ADMIN --security-opt apparmor=unconfined.
        """

    /// The command that makes namespaces, or nil where this machine allows none.
    private static let way: [String]? = {
        // A user namespace is for others than root. Where mounts may not be made private, it keeps them apart.
        let ways = [[], ["--map-root-user"], ["--map-root-user", "--propagation", "unchanged"]]
        return ways.map { ["unshare", "--net", "--mount"] + $0 }.first { way in
            (try? run(["true"], way, ["192.0.2.1", "2001:db8::1"]))?.status == 0
        }
    }()

    private static func run(
        _ command: [String], _ way: [String], _ addresses: [String]
    ) throws -> (status: Int32, output: String) {
        let script = """
            exec 2>&1
            set -e
            ip link set lo up
            for address in $1; do ip address add "$address" dev lo; done
            shift
            directory=$(mktemp -d)
            mount -t tmpfs tmpfs "$directory"
            echo "nameserver 127.0.0.1" >"$directory/resolv.conf"
            echo "hosts: files dns" >"$directory/nsswitch.conf"
            for file in resolv.conf nsswitch.conf; do mount --bind "$directory/$file" "/etc/$file"; done
            umount "$directory"
            rmdir "$directory"
            exec "$@"
            """
        let result = try runCommand(
            ["\(variable)=1"] + way + ["sh", "-c", script, "sh", addresses.joined(separator: " ")] + command)
        return (result.status, String(decoding: result.output, as: UTF8.self))
    }
}
