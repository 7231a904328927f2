/// One name of a dotted path.
struct PathPart {
    let name: String
    let offset: Int
}
