import Templating

/// A small chart, drawn as SVG by the template.
struct TrendChart: TemplateModel {
    /// One value for each step of time, of the same length in all lines; nil where there is none.
    struct Line {
        let name: String
        let values: [Double?]
    }

    /// Begins the names of its elements.
    let id: String
    let title: String
    /// The current figure, in words.
    let current: String
    /// The scale, in words.
    let extent: String
    let lines: [Line]

    static let fields: [TemplateField<TrendChart>] = [
        .text("id") { $0.id },
        .text("title") { $0.title },
        .text("current") { $0.current },
        .text("extent") { $0.extent },
        .flag("has_figures") { $0.hasFigures },
        .text("box") { _ in "0 0 \(Self.width) \(Self.height)" },
        .list("lines") { $0.shownLines },
        .flag("has_key") { $0.lines.count > 1 },
    ]

    /// A line with its outline.
    struct ShownLine: TemplateModel {
        let name: String
        let isFirst: Bool
        let outline: String
        let area: String

        static let fields: [TemplateField<ShownLine>] = [
            .text("name") { $0.name },
            .flag("is_first") { $0.isFirst },
            .text("outline") { $0.outline },
            .text("area") { $0.area },
        ]
    }

    private static let (width, height) = (240, 48)
    /// Keeps the stroke of the highest and the lowest value within the picture.
    private static let margin = 2.0

    var hasFigures: Bool { lines.contains { $0.values.contains { $0 != nil } } }

    private var shownLines: [ShownLine] {
        let highest = lines.flatMap(\.values).compactMap { $0 }.max() ?? 0
        return lines.enumerated().map { index, line in
            let (outline, area) = Self.paths(line.values, highest: highest)
            return ShownLine(name: line.name, isFirst: index == 0, outline: outline, area: area)
        }
    }

    /// The outline in steps, and the area below it. The scale begins at zero.
    static func paths(_ values: [Double?], highest: Double) -> (outline: String, area: String) {
        let bottom = Double(height) - margin
        func across(_ step: Int) -> String { text(Double(step * width) / Double(max(1, values.count))) }
        func up(_ value: Double) -> String {
            text(highest > 0 ? bottom - value / highest * (bottom - margin) : bottom)
        }
        var (outline, area, isOpen) = ("", "", false)
        for (step, value) in values.enumerated() {
            guard let value else {
                if isOpen { area += "V\(text(bottom))Z" }
                isOpen = false
                continue
            }
            outline += isOpen ? "V\(up(value))" : "M\(across(step)) \(up(value))"
            area += isOpen ? "V\(up(value))" : "M\(across(step)) \(text(bottom))V\(up(value))"
            outline += "H\(across(step + 1))"
            area += "H\(across(step + 1))"
            isOpen = true
        }
        if isOpen { area += "V\(text(bottom))Z" }
        return (outline, area)
    }

    /// With one digit after the point, where there is one.
    private static func text(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
