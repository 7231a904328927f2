// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nothing of it reaches the product. `Templating` is a link to the product's sources; page
// and values are the bench's own, so that they stay the same while the product's pages change.
let package = Package(
    name: "latchkey-template-bench",
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
        .package(url: "https://github.com/stencilproject/Stencil", exact: "0.15.1"),
    ],
    targets: [
        .target(name: "Templating"),
        .executableTarget(
            name: "Bench",
            dependencies: [
                "Templating", .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "Stencil", package: "Stencil"),
            ]),
    ]
)
