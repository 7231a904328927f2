/// Schemas by type, built on first use: a recursive model is followed only as far as a template's path.
struct SchemaCache {
    private var schemas: [ObjectIdentifier: Schema] = [:]

    mutating func schema(of type: any TemplateModel.Type) -> Schema {
        if let known = schemas[ObjectIdentifier(type)] { return known }
        let schema = Self.read(type)
        schemas[ObjectIdentifier(type)] = schema
        return schema
    }

    private static func read<Model: TemplateModel>(_ type: Model.Type) -> Schema {
        var fields: [String: FieldValue] = [:]
        var problems: [String] = []
        for field in Model.fields {
            if !Lexer.isName(field.name) || ReservedWord.all.contains(field.name) {
                problems.append("`\(Model.self)` has a field `\(field.name)`, which is not a name a template can use")
            } else if fields.updateValue(field.value, forKey: field.name) != nil {
                problems.append("`\(Model.self)` declares `\(field.name)` twice")
            }
        }
        return Schema(fields: fields, problems: problems)
    }
}
