/// Compiles sources into programs that can be rendered.
enum TemplateCompiler {
    /// The operations of every page, by the page's type. Throws `TemplateErrors` with all problems in any of the
    /// sources, whether a page uses it or not.
    static func compile(
        _ sources: [TemplateSource], pages: [any Page.Type], problems: [TemplateError] = []
    ) throws(TemplateErrors) -> [ObjectIdentifier: [Operation]] {
        var log = ProblemLog()
        for problem in problems { log.add(problem) }
        var templates: [String: Template] = [:]
        for source in sources {
            templates[source.name] = Parser.parse(source, &log)
        }
        let known = Set(sources.map(\.name))
        var linker = Linker(templates: templates, known: known)
        linker.check(&log)

        var names = NameResolver()
        var compiled: [ObjectIdentifier: [Operation]] = [:]
        for page in pages {
            guard known.contains(page.template) else {
                let hint = Suggestion.clause(for: page.template, among: known)
                let message = "there is no template `\(page.template)` for `\(page)`\(hint)"
                log.report(message, at: Place(source: TemplateSource(name: page.template, bytes: []), offset: 0))
                continue
            }
            guard let chain = linker.chain(from: page.template) else { continue }
            let bound = PageResolver.resolve(page, chain, templates, &names, &log)
            compiled[ObjectIdentifier(page)] = ContextCompiler.compile(bound, of: chain[0].source, &log)
        }
        guard log.isEmpty else { throw log.errors }
        return compiled
    }
}
