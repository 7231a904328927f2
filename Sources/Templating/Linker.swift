/// Checks the references between templates: layouts and partials exist, there are no cycles, and blocks fit.
struct Linker {
    private let templates: [String: Template]
    /// All existing files, including those that could not be parsed: their absence from `templates` has been reported.
    private let known: Set<String>
    private var finished: Set<String> = []

    init(templates: [String: Template], known: Set<String>) {
        self.templates = templates
        self.known = known
    }

    mutating func check(_ log: inout ProblemLog) {
        for name in templates.keys.sorted() {
            guard let template = templates[name] else { continue }
            let references = template.includes + [template.layout].compactMap { $0 }
            for reference in references where !known.contains(reference.name) {
                let hint = Suggestion.clause(for: reference.name, among: known)
                log.report(
                    "there is no template `\(reference.name)`\(hint)",
                    at: Place(source: template.source, offset: reference.offset))
            }
            checkIncludes(of: template, path: [name], &log)
            checkBlocks(of: template, &log)
        }
    }

    /// The template, its layout, the layout's layout and so on; nil if one is missing or they form a cycle.
    func chain(from name: String) -> [Template]? {
        var chain: [Template] = []
        var next: String? = name
        while let current = next {
            guard let template = templates[current], chain.count < Parser.depthLimit,
                !chain.contains(where: { $0.source.name == current })
            else { return nil }
            chain.append(template)
            next = template.layout?.name
        }
        return chain
    }

    private mutating func checkIncludes(of template: Template, path: [String], _ log: inout ProblemLog) {
        // The resolver refuses deeper ones, so the recursion need not follow them.
        guard path.count <= Parser.depthLimit, finished.insert(template.source.name).inserted else { return }
        for include in template.includes {
            if let start = path.firstIndex(of: include.name) {
                let circle = (path[start...] + [include.name]).map { "`\($0)`" }.joined(separator: " → ")
                log.report(
                    "this includes itself: \(circle)", at: Place(source: template.source, offset: include.offset))
            } else if let partial = templates[include.name] {
                checkIncludes(of: partial, path: path + [include.name], &log)
            }
        }
    }

    private func checkBlocks(of template: Template, _ log: inout ProblemLog) {
        guard let layout = template.layout else { return }
        guard let ancestors = chain(from: layout.name), ancestors.count < Parser.depthLimit,
            !ancestors.contains(where: { $0.source.name == template.source.name })
        else { return reportCircle(template, layout, &log) }
        let inherited = Set(ancestors.flatMap { $0.blocks.map(\.name) })
        for block in template.blocks {
            let place = Place(source: template.source, offset: block.offset)
            if block.isOutermost, !inherited.contains(block.name) {
                let hint = Suggestion.clause(for: block.name, among: inherited)
                log.report("`\(layout.name)` has no block `\(block.name)`\(hint)", at: place)
            } else if !block.isOutermost, inherited.contains(block.name) {
                log.report("`\(layout.name)` has a block `\(block.name)` already; fill it at the top level", at: place)
            }
        }
    }

    /// Reports why a template has no valid chain of layouts; silent if one of them is missing or broken, which has been
    /// reported already.
    private func reportCircle(_ template: Template, _ layout: TemplateName, _ log: inout ProblemLog) {
        var path = [template.source.name]
        var next: String? = layout.name
        while let current = next, let layout = templates[current] {
            path.append(current)
            let place = Place(source: template.source, offset: template.layout?.offset ?? 0)
            if path.dropLast().contains(current) {
                let circle = path.map { "`\($0)`" }.joined(separator: " → ")
                return log.report("these extend each other in a circle: \(circle)", at: place)
            }
            if path.count > Parser.depthLimit {
                return log.report("more than \(Parser.depthLimit) layouts extend each other", at: place)
            }
            next = layout.layout?.name
        }
    }
}
