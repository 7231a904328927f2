// Makes Sources/Auth/Scrypt/CompatibilityTable.swift from what Foundation knows of Unicode:
//
//     swiftc -o /tmp/table Scripts/compatibility-table.swift && /tmp/table > Sources/Auth/Scrypt/CompatibilityTable.swift

import Foundation

var entries: [(scalar: UInt32, decomposed: [UInt32])] = []
for value in 0...0x10FFFF as ClosedRange<UInt32> {
    guard let text = Unicode.Scalar(value).map(String.init) else { continue }
    let compatible = text.decomposedStringWithCompatibilityMapping.unicodeScalars.map(\.value)
    let canonical = text.decomposedStringWithCanonicalMapping.unicodeScalars.map(\.value)
    if compatible != canonical { entries.append((value, compatible)) }
}

func hexadecimal(_ value: UInt32) -> String { String(value, radix: 16, uppercase: true) }

var fields: [String] = []
var rest = entries[...]
while let first = rest.first {
    var (count, step, last) = (1, UInt32?.none, first)
    for next in rest.dropFirst() {
        let distance = next.decomposed[0] &- last.decomposed[0]
        guard next.scalar == last.scalar + 1, next.decomposed.dropFirst() == last.decomposed.dropFirst(), distance <= 1,
            step == nil || step == distance
        else { break }
        (count, step, last) = (count + 1, distance, next)
    }
    let run = count == 1 ? "" : (step == 1 ? "+" : "*") + hexadecimal(UInt32(count))
    fields.append(hexadecimal(first.scalar) + run + ":" + first.decomposed.map(hexadecimal).joined(separator: ","))
    rest = rest.dropFirst(count)
}

print(
    """
    /// What compatible characters stand for, such as `ﬁ` for `f` and `i`; made by Scripts/compatibility-table.swift.
    enum CompatibilityTable {
        /// `scalar:decomposition,…`, hexadecimal. `FF10+A:30` is ten scalars whose decompositions begin one further
        /// each; `FEDB*2:643` is two with the same.
        static let text = \"\"\"
    """)
var line = ""
for field in fields {
    if line.utf8.count + field.utf8.count > 108 {
        print("        \(line) \\")
        line = ""
    }
    line += (line.isEmpty ? "" : " ") + field
}
print("        \(line)\n        \"\"\"\n}")
