/// A page's tree after name resolution: layouts and partials are in place, and every path is a reference to a typed
/// value.
indirect enum Bound {
    case literal(Range<Int>, Place)
    case value(Reference, shown: String, Place)
    case branch(BoundBranch)
    case loop(BoundLoop)
}
