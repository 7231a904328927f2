/// Words with a special meaning in tags, which cannot be used as names.
enum ReservedWord {
    static let all: Set<String> = ["and", "or", "not", "in", "with", "true", "false", "loop"]
}
