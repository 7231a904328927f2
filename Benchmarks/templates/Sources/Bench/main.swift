import Foundation
import Mustache
import Stencil
import Templating

// bench RENDERER TEMPLATES [SECONDS]
// bench values TEMPLATES
//
// Renders the sample page with `latchkey`, `mustache` or `stencil`; `values` prints what is on it as JSON. TEMPLATES is
// the directory of the renderer's templates, `latchkey` for the first and `pages` for the others. Without SECONDS the page is printed; with it, it is
// rendered on one thread for that long, and one JSON object says how often a second and what CPU time (in µs) it took.

/// What comes out is UTF-8 bytes, as a server needs them, in all three.
func renderer(_ name: String, _ directory: String) throws -> () throws -> Int {
    switch name {
    case "latchkey":
        let library = try TemplateLibrary(directory: directory, pages: [ListPage.self])
        let page = Sample.page
        return { try library.render(page).count }
    case "mustache":
        let template = try MustacheTemplate(string: try text(directory, "dashboard.mustache"))
        let values = Sample.dictionary()
        return { template.render(values).utf8.count }
    case "stencil":
        let template = try stencil(directory)
        let values = Sample.dictionary()
        return { try template.render(values).utf8.count }
    default:
        throw Usage()
    }
}

func page(_ name: String, _ directory: String) throws -> String {
    switch name {
    case "latchkey":
        let library = try TemplateLibrary(directory: directory, pages: [ListPage.self])
        return String(decoding: try library.render(Sample.page), as: UTF8.self)
    case "mustache":
        return try MustacheTemplate(string: try text(directory, "dashboard.mustache")).render(Sample.dictionary())
    case "stencil":
        return try stencil(directory).render(Sample.dictionary())
    case "values":
        return String(decoding: try JSONSerialization.data(withJSONObject: Sample.dictionary()), as: UTF8.self)
    default:
        throw Usage()
    }
}

struct Usage: Error {}

func text(_ directory: String, _ name: String) throws -> String {
    try String(contentsOf: URL(fileURLWithPath: directory + "/" + name), encoding: .utf8)
}

/// Stencil has no escaping of its own, so `e` is ours: over bytes, and for nothing where nothing needs it.
func stencil(_ directory: String) throws -> Template {
    let escaping = Extension()
    escaping.registerFilter("e") { (value: Any?) in
        guard let text = value as? String else { return value }
        guard text.utf8.contains(where: { [0x22, 0x26, 0x27, 0x3C, 0x3E].contains($0) }) else { return text }
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count + 32)
        for byte in text.utf8 {
            switch byte {
            case 0x22: output.append(contentsOf: "&quot;".utf8)
            case 0x26: output.append(contentsOf: "&amp;".utf8)
            case 0x27: output.append(contentsOf: "&#39;".utf8)
            case 0x3C: output.append(contentsOf: "&lt;".utf8)
            case 0x3E: output.append(contentsOf: "&gt;".utf8)
            default: output.append(byte)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
    return Template(
        templateString: try text(directory, "dashboard.stencil"), environment: Environment(extensions: [escaping]))
}

func cpuTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
}

let arguments = CommandLine.arguments
guard arguments.count == 3 || arguments.count == 4 else {
    FileHandle.standardError.write(Data("usage: bench latchkey|mustache|stencil TEMPLATES [SECONDS]\n".utf8))
    exit(2)
}
guard arguments.count == 4 else {
    print(try page(arguments[1], arguments[2]), terminator: "")
    exit(0)
}
let render = try renderer(arguments[1], arguments[2])
var bytes = 0
for _ in 0..<20 { bytes = try render() }
let seconds = Double(arguments[3]) ?? 1
let began = Date()
let cpuBegan = cpuTime()
var count = 0
var elapsed = 0.0
repeat {
    for _ in 0..<10 where try render() != bytes { throw Usage() }
    count += 10
    elapsed = Date().timeIntervalSince(began)
} while elapsed < seconds
let cpu = (cpuTime() - cpuBegan) / Double(count)
print("{\"rate\": \(Double(count) / elapsed), \"count\": \(count), \"cpu\": \(cpu), \"bytes\": \(bytes)}")
