// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nothing of it reaches the product. `Basics`, `Domain` and `Templating` are links to the product's
// sources, and the page in `Bench` is the product's dashboard.
let package = Package(
    name: "latchkey-template-bench",
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
        .package(url: "https://github.com/stencilproject/Stencil", exact: "0.15.1"),
    ],
    targets: [
        .target(name: "Basics"),
        .target(name: "Domain", dependencies: ["Basics"]),
        .target(name: "Templating"),
        .executableTarget(
            name: "Bench",
            dependencies: [
                "Basics", "Domain", "Templating", .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "Stencil", package: "Stencil"),
            ]),
    ]
)
