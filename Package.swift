// swift-tools-version: 6.2
import PackageDescription

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioTLS = Target.Dependency.product(
    name: "NIOTLS", package: "swift-nio", condition: .when(traits: ["TLS"]))
let nioSSL = Target.Dependency.product(
    name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["TLS"]))
let nioHTTP2 = Target.Dependency.product(
    name: "NIOHTTP2", package: "swift-nio-http2", condition: .when(traits: ["TLS"]))
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

let programDirectory = "\(Context.packageDirectory)/Sources/Latchkey"

// The compiler keeps targets apart: each can import only those in its list.
let package = Package(
    name: "latchkey",
    products: [.executable(name: "latchkey", targets: ["Latchkey"])],
    // HTTPS and HTTP/2 in the program itself. Off by default: it doubles the time of the first build.
    traits: [.trait(name: "TLS", description: "HTTPS and HTTP/2")],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.100.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.8.0"),
    ],
    targets: [
        // The C libraries: libsqlite3, OpenSSL's libcrypto, libcrypt, glibc's malloc, zlib, libpq, libcurl.
        .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CCrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CCrypt", providers: [.apt(["libcrypt-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        // Not linked: libpq (libpq-dev) is loaded when a PostgreSQL database is opened.
        .target(name: "CPostgres", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),

        // Not linked either: libcurl (libcurl4-openssl-dev) is loaded when something is first sent to another server.
        .target(name: "CCurl", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),

        // The lists of common passwords, as they lie in the program's read-only data.
        .target(name: "CPasswords", exclude: ["common-passwords.txt", "ORIGIN.md"]),

        // Leaves.
        .target(name: "Basics"),
        .target(name: "Calendar", dependencies: ["Basics"], exclude: ["Languages/ORIGIN.md"]),
        .target(name: "JSON"),
        .target(name: "Metrics"),
        .target(name: "QRCode"),
        .target(name: "Workers"),
        .target(name: "Templating"),
        .target(name: "Curl", dependencies: ["Basics", "CCurl"]),
        .target(name: "Mail", dependencies: ["Basics", "Curl", "Workers"]),
        .target(name: "Crypto", dependencies: ["Basics", "JSON", "CCrypto", "CCrypt"]),
        .target(name: "HTTPClient", dependencies: ["Basics", "Curl", "Workers"]),
        .target(
            name: "HTTPServer",
            dependencies: [
                "Basics", "CZlib", "Metrics", nioCore, nioHTTP, nioPosix, nioTLS, nioSSL, nioHTTP2, lifecycle, logging,
            ]),

        // Rules and stores.
        .target(name: "Domain", dependencies: ["Basics", "Calendar"]),
        .target(
            name: "Auth",
            dependencies: ["Basics", "Crypto", "Domain", "HTTPClient", "JSON", "Metrics", "Workers", "CPasswords"]),
        .target(
            name: "Storage",
            dependencies: ["Basics", "Calendar", "Domain", "JSON", "Metrics", "Workers", "CSQLite", "CPostgres"]),

        // HTTP on one side, services on the other; it never sees Storage.
        .target(
            name: "Web",
            dependencies: [
                "Basics", "Calendar", "Crypto", "Domain", "JSON", "Mail", "Metrics", "QRCode", "Auth", "HTTPServer",
                "Templating", nioCore, nioHTTP, logging,
            ]),

        // The wiring of Web and Storage, which do not see each other.
        .target(
            name: "App",
            dependencies: [
                "Basics", "Calendar", "Crypto", "Domain", "HTTPClient", "JSON", "Mail", "Metrics", "Workers", "Auth",
                "Storage", "HTTPServer", "Templating", "Web", lifecycle, logging,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),

        // The program: settings, commands, logs.
        .executableTarget(
            name: "Latchkey",
            dependencies: [
                "App", "Auth", "Basics", "CMalloc", "Crypto", "Curl", "Domain", "HTTPClient", "JSON", "Mail", "Metrics",
                "Workers", "Storage", "HTTPServer", "Templating", "Web", nioCore, nioPosix, lifecycle, logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            exclude: ["exports.map", "order.txt", "sections.ld"],
            linkerSettings: [
                .unsafeFlags(
                    [
                        "-use-ld=lld", "-Xlinker", "--version-script=\(programDirectory)/exports.map",
                        "-Xlinker", "--symbol-ordering-file=\(programDirectory)/order.txt",
                        "-Xlinker", "--no-warn-symbol-ordering", "-Xlinker", "\(programDirectory)/sections.ld",
                    ],
                    .when(platforms: [.linux], configuration: .release))
            ]),

        // Tests mirror the sources and run what ships: real SQLite files, real sockets.
        .target(
            name: "TestSupport",
            dependencies: [
                "App", "Auth", "Basics", "Crypto", "Domain", "HTTPClient", "JSON", "Metrics", "Storage", "Workers",
                logging,
            ],
            path: "Tests/TestSupport"),
        .testTarget(name: "BasicsTests", dependencies: ["Basics", "TestSupport"]),
        .testTarget(
            name: "CalendarTests", dependencies: ["Basics", "Calendar", "JSON", "TestSupport"],
            exclude: ["recurrence.json"]),
        .testTarget(name: "CryptoTests", dependencies: ["Basics", "Crypto", "JSON", "TestSupport"]),
        .testTarget(
            name: "DomainTests", dependencies: ["Basics", "Calendar", "Domain", "JSON", "TestSupport"],
            exclude: ["QuickAdd/quickadd.json"]),
        .testTarget(name: "MetricsTests", dependencies: ["Metrics"]),
        .testTarget(name: "JSONTests", dependencies: ["JSON", "TestSupport"]),
        .testTarget(
            name: "QRCodeTests", dependencies: ["QRCode", "JSON", "TestSupport"], exclude: ["qr.json"]),
        .testTarget(name: "WorkersTests", dependencies: ["Workers", "TestSupport"]),
        .testTarget(name: "HTTPClientTests", dependencies: ["Basics", "Curl", "HTTPClient", "TestSupport"]),
        .testTarget(name: "MailTests", dependencies: ["Basics", "Curl", "Mail", "TestSupport"]),
        .testTarget(name: "TemplatingTests", dependencies: ["Templating", "TestSupport"]),
        .testTarget(
            name: "HTTPServerTests",
            dependencies: [
                "Basics", "HTTPServer", "Domain", "Metrics", "TestSupport", "Workers", nioCore, nioHTTP, nioPosix,
                nioSSL,
                nioHTTP2, lifecycle, logging,
            ]),
        .testTarget(
            name: "AuthTests",
            dependencies: [
                "App", "Auth", "Basics", "Crypto", "Domain", "HTTPClient", "JSON", "Metrics", "Storage", "TestSupport",
                "Workers",
            ], exclude: ["WebAuthn/ceremonies.json"]),
        .testTarget(
            name: "StorageTests", dependencies: ["Storage", "Basics", "Calendar", "Domain", "Metrics", "TestSupport"]),
        .testTarget(
            name: "AppTests",
            dependencies: [
                "App", "Auth", "Basics", "Crypto", "Domain", "Mail", "Metrics", "Storage", "Templating", "TestSupport",
                "Web", "Workers", logging,
            ]),
        .testTarget(
            name: "WebTests",
            dependencies: [
                "App", "Mail", "Web", "Auth", "Basics", "Crypto", "Domain", "HTTPClient", "HTTPServer", "JSON",
                "Storage",
                "Templating", "TestSupport", nioCore, nioHTTP, logging,
            ]),
        .testTarget(
            name: "LatchkeyTests",
            dependencies: [
                "Latchkey", "App", "Auth", "Basics", "Crypto", "Domain", "HTTPClient", "HTTPServer", "JSON", "Mail",
                "Storage", "TestSupport", logging,
            ]),
    ]
)

// `make lint` and `make test` stop at the first warning; a build elsewhere, with a newer compiler, does not.
if Context.environment["WARNINGS_AS_ERRORS"] != nil {
    for target in package.targets where target.type != .system {
        target.swiftSettings = (target.swiftSettings ?? []) + [.treatAllWarnings(as: .error)]
    }
}
