import Synchronization

/// The templates of a program, checked against the pages that use them.
package final class TemplateLibrary: Sendable {
    /// A page ready to be rendered.
    private final class CompiledPage: Sendable {
        let program: Program
        /// The length of the last output, so that the next one is allocated at once.
        let lastSize = Atomic<Int>(1024)

        init(_ operations: [Operation]) { program = Program(operations) }
    }

    private typealias Pages = [ObjectIdentifier: CompiledPage]

    /// The files that `outcome` was made from.
    private struct State {
        var stamps: [String: TemplateDirectory.Stamp]
        var outcome: Result<Pages, TemplateErrors>
    }

    /// Set if files are watched.
    private let watched: TemplateDirectory?
    private let types: [any Page.Type]
    private let fixed: Pages
    private let state: Mutex<State>

    /// Reads every `*.html` and `*.text` below `directory` and resolves all `pages`. A template's name is its path without `.html`,
    /// with `/` on every system. With `reloads`, meant for development, changed files are recompiled before a page is
    /// rendered.
    ///
    /// Throws `TemplateErrors` with every problem found, or the file system's error when `directory` cannot be read.
    package init(directory: String, pages: [any Page.Type], reloads: Bool = false) throws {
        let files = TemplateDirectory(directory)
        let stamps = try files.stamps()
        let compiled = try Self.compile(files, stamps, pages)
        watched = reloads ? files : nil
        types = pages
        fixed = compiled
        state = Mutex(State(stamps: stamps, outcome: .success(compiled)))
    }

    /// Compiles templates given by name (`pages/dashboard`) and text. Throws `TemplateErrors`.
    package init(sources: [String: String], pages: [any Page.Type]) throws {
        let sources = sources.map { TemplateSource(name: $0.key, bytes: Array($0.value.utf8)) }
        let compiled = try TemplateCompiler.compile(sources, pages: pages).mapValues(CompiledPage.init)
        watched = nil
        types = pages
        fixed = compiled
        state = Mutex(State(stamps: [:], outcome: .success(compiled)))
    }

    /// The page as UTF-8. Throws like `render(_:use:)`.
    package func render(_ page: some Page) throws -> [UInt8] { try render(page) { Array($0) } }

    /// Gives the page as UTF-8 to `use`. Throws `UnregisteredPage`, and with `reloads` also `TemplateErrors` or the file
    /// system's error while the templates are unusable.
    package func render<P: Page, Value>(_ page: P, use: (UnsafeBufferPointer<UInt8>) -> Value) throws -> Value {
        guard let compiled = try currentPages()[ObjectIdentifier(P.self)] else {
            throw UnregisteredPage(name: "\(P.self)")
        }
        let size = compiled.lastSize.load(ordering: .relaxed)
        return ModelPointer.with(page) { page in
            var renderer = Renderer(compiled.program, page: page, size: size + size / 8)
            renderer.run()
            compiled.lastSize.store(renderer.output.count, ordering: .relaxed)
            return renderer.output.withBytes(use)
        }
    }

    private func currentPages() throws -> Pages {
        guard let watched else { return fixed }
        let stamps = try watched.stamps()
        return try state.withLock { state in
            if state.stamps != stamps {
                let outcome = Result { () throws(TemplateErrors) in try Self.compile(watched, stamps, types) }
                state = State(stamps: stamps, outcome: outcome)
            }
            return try state.outcome.get()
        }
    }

    private static func compile(
        _ files: TemplateDirectory, _ stamps: [String: TemplateDirectory.Stamp], _ pages: [any Page.Type]
    ) throws(TemplateErrors) -> Pages {
        let (sources, problems) = files.read(stamps)
        return try TemplateCompiler.compile(sources, pages: pages, problems: problems).mapValues(CompiledPage.init)
    }
}

/// The error for a page that was not registered with the library.
package struct UnregisteredPage: Error, Sendable, CustomStringConvertible {
    package let name: String

    package var description: String { "the page `\(name)` is not among the pages of the template library" }
}
