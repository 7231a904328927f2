/// Resolves paths to references, and references to the values that a tag needs.
struct NameResolver {
    private var schemas = SchemaCache()

    /// The names of a page.
    mutating func scope(of page: any Page.Type, at place: Place, _ log: inout ProblemLog) -> Scope {
        let schema = checkedSchema(of: page, at: place, &log)
        return Scope(names: schema.fields.mapValues { .field(slot: 0, $0) })
    }

    mutating func reference(
        to path: [PathPart], in scope: Scope, at place: (Int) -> Place, _ log: inout ProblemLog
    ) -> Reference {
        guard let first = path.first else { return .unknown }
        guard var current = scope.names[first.name] else {
            log.report(Self.unknown(first.name, in: scope), at: place(first.offset))
            return .unknown
        }
        var walked = first.name
        for part in path.dropFirst() {
            let outer: (slot: Int, part: FieldValue.Part?)
            let type: any TemplateModel.Type
            switch current {
            case .unknown: return .unknown
            case .loop(let slot):
                switch part.name {
                case "first": current = .loopFirst(slot: slot)
                case "last": current = .loopLast(slot: slot)
                case "index": current = .loopIndex(slot: slot)
                default:
                    let hint = Suggestion.clause(for: part.name, among: ["first", "last", "index"])
                    let message = "`loop` has `first`, `last` and `index`, no `\(part.name)`\(hint)"
                    log.report(message, at: place(part.offset))
                    return .unknown
                }
                walked += ".\(part.name)"
                continue
            case .model(let slot, let model): (outer, type) = ((slot, nil), model)
            case .field(let slot, .model(let model, _, let part)): (outer, type) = ((slot, part), model)
            default:
                log.report(
                    "`\(walked)` is \(current.kind) and has no parts, so no `\(part.name)`", at: place(part.offset))
                return .unknown
            }
            let fields = checkedSchema(of: type, at: place(part.offset), &log).fields
            guard let field = fields[part.name] else {
                let hint = Suggestion.clause(for: part.name, among: fields.keys)
                log.report("`\(walked)` has no `\(part.name)`\(hint)", at: place(part.offset))
                return .unknown
            }
            current = .field(slot: outer.slot, outer.part.map { field.reached(through: $0) } ?? field)
            walked += ".\(part.name)"
        }
        return current
    }

    /// The items of a loop over `reference`, and the reference to each item.
    func items(of reference: Reference, _ scope: Scope) -> (items: Items, item: Reference)? {
        switch reference {
        case .field(let slot, .list(let type, _, let visit)):
            (.models(slot: slot, visit), .model(slot: scope.modelSlots, type))
        case .field(let slot, .strings(let get)):
            (.strings(slot: slot, get), .string(slot: scope.stringSlots))
        default: nil
        }
    }

    /// The test for the truth of `reference`; a sentence if it cannot be tested.
    func test(_ reference: Reference, shown: String) -> Result<Test, Untestable> {
        switch reference {
        case .unknown: return .success(.constant(false))
        case .constant(let text): return .success(.constant(!text.isEmpty))
        case .flag(let flag): return .success(.constant(flag))
        case .string(let slot): return .success(.string(slot: slot))
        case .loopIndex: return .success(.constant(true))
        case .loopFirst(let slot): return .success(.isFirst(slot: slot))
        case .loopLast(let slot): return .success(.isLast(slot: slot))
        case .field(let slot, let value):
            switch value {
            case .text(let get): return .success(.field(slot: slot) { !(get($0) ?? "").isEmpty })
            case .number(let get): return .success(.field(slot: slot) { (get($0) ?? 0) != 0 })
            case .flag(let get): return .success(.field(slot: slot, get))
            case .list(_, let isEmpty, _): return .success(.field(slot: slot) { !isEmpty($0) })
            case .strings(let get): return .success(.field(slot: slot) { !get($0).isEmpty })
            case .html(let get): return .success(.field(slot: slot) { !(get($0)?.bytes ?? []).isEmpty })
            case .model(_, true, let part):
                return .success(
                    .field(slot: slot) { model in
                        var isThere = false
                        part.visit(model) { _ in isThere = true }
                        return isThere
                    })
            case .model: break
            }
        case .model, .loop: break
        }
        return .failure(Untestable(message: "`\(shown)` is \(reference.kind) and always there; test one of its parts"))
    }

    struct Untestable: Error {
        let message: String
    }

    private mutating func checkedSchema(
        of type: any TemplateModel.Type, at place: Place, _ log: inout ProblemLog
    ) -> Schema {
        let schema = schemas.schema(of: type)
        for problem in schema.problems { log.report(problem, at: place) }
        return schema
    }

    private static func unknown(_ name: String, in scope: Scope) -> String {
        if name == "loop" { return "`loop` exists only inside a `for`" }
        let hint = Suggestion.clause(for: name, among: scope.names.keys)
        guard scope.isPartial, hint.isEmpty else { return "no `\(name)` here\(hint)" }
        let given = scope.names.keys.sorted().map { "`\($0)`" }.joined(separator: ", ")
        return "no `\(name)` here; this partial is given \(given.isEmpty ? "nothing" : given)"
    }
}
