extension JSONObject {
    /// The object after a JSON Merge Patch (RFC 7396, section 2): null removes a member, and objects are merged.
    package func merging(_ patch: JSONObject) -> JSONObject {
        var merged = JSONObject()
        for (name, value) in members where patch[name] == nil { merged.append(name, value) }
        for (name, value) in patch.members {
            switch value {
            case .null: break
            case .object(let patch):
                var old = JSONObject()
                if case .object(let object)? = self[name] { old = object }
                merged.append(name, .object(old.merging(patch)))
            default: merged.append(name, value)
            }
        }
        return merged
    }
}
