/// Assembles a page from its layouts and partials, and resolves every name in it.
struct PageResolver {
    /// The maximum size of a page: partials that include partials could otherwise grow without bound.
    private static let nodeLimit = 100_000
    private static let byteLimit = 4_000_000

    private let templates: [String: Template]
    private let page: Template
    private var names: NameResolver
    private var log: ProblemLog
    private var overrides: [String: (block: Block, source: TemplateSource)] = [:]
    private var openPartials: [String] = []
    private var nodeCount = 0
    private var byteCount = 0
    private var isTooBig = false

    /// The tree of the page whose template and layouts are `chain`. All problems are added to `log`.
    static func resolve(
        _ type: any Page.Type, _ chain: [Template], _ templates: [String: Template], _ names: inout NameResolver,
        _ log: inout ProblemLog
    ) -> [Bound] {
        guard let page = chain.first, let root = chain.last else { return [] }
        var resolver = PageResolver(templates: templates, page: page, names: names, log: log)
        defer { (names, log) = (resolver.names, resolver.log) }
        for template in chain {
            for block in template.blocks where resolver.overrides[block.name] == nil {
                resolver.overrides[block.name] = (block, template.source)
            }
        }
        let scope = resolver.names.scope(of: type, at: Place(source: page.source, offset: 0), &resolver.log)
        let file = resolver.file(root.source)
        return resolver.resolve(root.nodes, in: file, scope, depth: 0)
    }

    private init(templates: [String: Template], page: Template, names: NameResolver, log: ProblemLog) {
        self.templates = templates
        self.page = page
        self.names = names
        self.log = log
    }

    /// The current file, and how it became part of the page.
    private struct File {
        let source: TemplateSource
        let via: Origin?

        func place(_ offset: Int) -> Place { Place(source: source, offset: offset, via: via) }
    }

    private func file(_ source: TemplateSource) -> File {
        File(source: source, via: source === page.source ? nil : .used(by: page.source))
    }

    private mutating func resolve(_ nodes: [Node], in file: File, _ scope: Scope, depth: Int) -> [Bound] {
        var result: [Bound] = []
        for node in nodes where !isTooBig {
            nodeCount += 1
            switch node {
            case .text(let range):
                byteCount += range.count
                result.append(.literal(range, file.place(range.lowerBound)))
            case .value(let operand):
                let (reference, shown) = resolve(operand, in: file, scope)
                result.append(.value(reference, shown: shown, file.place(operand.offset)))
            case .branch(let branch):
                guard isShallow(depth, file.place(branch.offset)) else { continue }
                result.append(.branch(resolve(branch, in: file, scope, depth: depth + 1)))
            case .loop(let loop):
                guard isShallow(depth, file.place(loop.offset)) else { continue }
                if let loop = resolve(loop, in: file, scope, depth: depth + 1) { result.append(.loop(loop)) }
            case .include(let include):
                guard isShallow(depth, file.place(include.offset)) else { continue }
                result += resolve(include, in: file, scope, depth: depth + 1)
            case .block(let block):
                guard isShallow(depth, file.place(block.offset)) else { continue }
                if scope.isPartial {
                    log.report("a partial cannot have blocks; they belong to layouts", at: file.place(block.offset))
                } else if let override = overrides[block.name] {
                    let place = self.file(override.source)
                    result += resolve(override.block.nodes, in: place, scope, depth: depth + 1)
                }
            }
            if nodeCount > Self.nodeLimit || byteCount > Self.byteLimit {
                isTooBig = true
                log.report("the page grows too big with what it includes", at: Place(source: page.source, offset: 0))
            }
        }
        return result
    }

    private mutating func isShallow(_ depth: Int, _ place: Place) -> Bool {
        guard depth >= Parser.depthLimit else { return true }
        log.report("more than \(Parser.depthLimit) tags stand in each other", at: place)
        return false
    }

    private mutating func resolve(_ operand: Operand, in file: File, _ scope: Scope) -> (Reference, shown: String) {
        switch operand.kind {
        case .string(let text): (.constant(text), text)
        case .flag(let flag): (.flag(flag), "\(flag)")
        case .path(let path):
            (names.reference(to: path, in: scope, at: file.place, &log), Self.shown(path))
        }
    }

    private mutating func resolve(_ branch: Branch, in file: File, _ scope: Scope, depth: Int) -> BoundBranch {
        var arms: [BoundBranch.Arm] = []
        for arm in branch.arms {
            var alternatives: [[BoundCondition.Term]] = []
            for terms in arm.condition.alternatives {
                var bound: [BoundCondition.Term] = []
                for term in terms {
                    let reference = names.reference(to: term.path, in: scope, at: file.place, &log)
                    switch names.test(reference, shown: Self.shown(term.path)) {
                    case .success(let test):
                        bound.append(BoundCondition.Term(isNegated: term.isNegated, test: test))
                    case .failure(let failure):
                        log.report(failure.message, at: file.place(term.path.first?.offset ?? branch.offset))
                    }
                }
                alternatives.append(bound)
            }
            let nodes = resolve(arm.nodes, in: file, scope, depth: depth)
            arms.append(BoundBranch.Arm(condition: BoundCondition(alternatives: alternatives), nodes: nodes))
        }
        let otherwise = resolve(branch.otherwise, in: file, scope, depth: depth)
        return BoundBranch(place: file.place(branch.offset), arms: arms, otherwise: otherwise)
    }

    private mutating func resolve(_ loop: Loop, in file: File, _ scope: Scope, depth: Int) -> BoundLoop? {
        let reference = names.reference(to: loop.list, in: scope, at: file.place, &log)
        let found = names.items(of: reference, scope)
        if found == nil, case .unknown = reference {
        } else if found == nil {
            log.report(
                "`\(Self.shown(loop.list))` is \(reference.kind); a loop needs a list",
                at: file.place(loop.list.first?.offset ?? loop.offset))
        }
        var inner = scope
        inner.names[loop.name] = found?.item ?? .unknown
        inner.names["loop"] = .loop(slot: scope.loopSlots)
        inner.loopSlots += 1
        switch found?.items {
        case .models: inner.modelSlots += 1
        case .strings: inner.stringSlots += 1
        case nil: break
        }
        let body = resolve(loop.body, in: file, inner, depth: depth)
        let otherwise = resolve(loop.otherwise, in: file, scope, depth: depth)
        // A loop over an unknown name is kept, so that mistakes inside it are found as well.
        let items = found?.items ?? .strings(slot: 0) { _ in [] }
        return BoundLoop(place: file.place(loop.offset), items: items, body: body, otherwise: otherwise)
    }

    private mutating func resolve(_ include: Include, in file: File, _ scope: Scope, depth: Int) -> [Bound] {
        var inner = scope
        inner.names = [:]
        inner.isPartial = true
        for argument in include.arguments {
            let (reference, _) = resolve(argument.value, in: file, scope)
            if case .loop = reference {
                log.report(
                    "`loop` cannot be given to a partial; give `loop.index` and the like",
                    at: file.place(argument.value.offset))
            }
            inner.names[argument.name] = reference
        }
        let name = include.template.name
        // A missing partial or a cycle has been reported by the linker.
        guard let partial = templates[name], !openPartials.contains(name) else { return [] }
        if partial.layout != nil {
            let message = "`\(name)` extends a layout, so it is a page and cannot be included"
            log.report(message, at: file.place(include.offset))
            return []
        }
        openPartials.append(name)
        defer { openPartials.removeLast() }
        let place = File(source: partial.source, via: .included(at: file.place(include.offset)))
        return resolve(partial.nodes, in: place, inner, depth: depth)
    }

    private static func shown(_ path: [PathPart]) -> String {
        path.map(\.name).joined(separator: ".")
    }
}
