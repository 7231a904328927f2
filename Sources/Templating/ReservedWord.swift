/// Words with a meaning of their own in tags, which nothing else can be called.
enum ReservedWord {
    static let all: Set<String> = ["and", "or", "not", "in", "with", "true", "false", "loop"]
}
