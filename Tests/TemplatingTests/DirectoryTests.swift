import Foundation
import Templating
import Testing

@Suite struct DirectoryTests {
    /// A directory that is gone after the test.
    final class Files {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("templates-\(UUID().uuidString)")

        init() throws { try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(at: root) }

        func write(_ name: String, _ bytes: [UInt8]) throws {
            let url = root.appendingPathComponent(name)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: url)
        }

        func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

        func library(reloads: Bool = false) throws -> TemplateLibrary {
            try TemplateLibrary(directory: root.path, pages: [SamplePage.self], reloads: reloads)
        }
    }

    private func text(_ library: TemplateLibrary) throws -> String {
        String(decoding: try library.render(SamplePage()), as: UTF8.self)
    }

    @Test func `reads files in folders, with CRLF and without a byte order mark`() throws {
        let files = try Files()
        try files.write(
            "page.html", [0xEF, 0xBB, 0xBF] + Array("a\r\n{% include \"partials/deep/b\" with v=value %}".utf8))
        try files.write("partials/deep/b.html", "[{{ v }}]")
        try files.write(".hidden.html", "{{ broken")
        try files.write("notes.txt", "{{ broken")

        #expect(Array(try text(files.library()).utf8) == Array("a\r\n[x]".utf8))
    }

    @Test func `lines are indented for the reader of a template alone`() throws {
        let files = try Files()
        try files.write(
            "page.html",
            """
            <div>

              <p title="a
                b">one  two
                  three</p>
              <textarea>
              four</textarea>
            </div>

            """)
        #expect(
            try text(files.library())
                == "<div>\n<p title=\"a\n    b\">one  two\nthree</p>\n<textarea>\n  four</textarea>\n</div>\n")
    }

    @Test func `says where a file is not UTF-8`() throws {
        let files = try Files()
        try files.write("page.html", Array("a\né".utf8) + [0xC0, 0x80])

        let error = #expect(throws: TemplateErrors.self) { try files.library() }
        #expect(error?.errors.first?.description.hasPrefix("page.html:2:2: this is not UTF-8") == true)
    }

    @Test func `follows no link that leads outside`() throws {
        let outside = try Files()
        try outside.write("secret.html", "secret")
        let files = try Files()
        try files.write("real.html", "inside")
        try files.write("page.html", "{% include \"inner\" %}")
        try FileManager.default.createSymbolicLink(
            atPath: files.root.path + "/inner.html", withDestinationPath: "real.html")
        #expect(try text(files.library()) == "inside")

        try files.write("page.html", "{% include \"outer\" %}")
        try FileManager.default.createSymbolicLink(
            atPath: files.root.path + "/outer.html", withDestinationPath: outside.root.path + "/secret.html")
        let error = #expect(throws: TemplateErrors.self) { try files.library() }
        #expect(error?.errors.first?.message.hasPrefix("there is no template `outer`") == true)
    }

    @Test func `a missing directory is an error`() {
        #expect(throws: (any Error).self) {
            try TemplateLibrary(directory: "/nonexistent/templates", pages: [SamplePage.self])
        }
    }

    @Test func `reloads what changed and recovers from mistakes`() throws {
        let files = try Files()
        try files.write("page.html", "one {{ value }}")
        let library = try files.library(reloads: true)
        let fixed = try files.library()
        #expect(try text(library) == "one x")

        try files.write("page.html", "three {{ value }}")
        #expect(try text(library) == "three x")

        try files.write("page.html", "broken {{ valu }}")
        for _ in 0..<2 {
            let error = #expect(throws: TemplateErrors.self) { try text(library) }
            #expect(error?.errors.first?.message == "no `valu` here; did you mean `value`?")
        }

        try files.write("part.html", "new")
        try files.write("page.html", "{% include \"part\" %}!")
        #expect(try text(library) == "new!")

        try FileManager.default.removeItem(at: files.root.appendingPathComponent("part.html"))
        #expect(throws: TemplateErrors.self) { try text(library) }

        try files.write("part.html", "back")
        #expect(try text(library) == "back!")
        #expect(try text(fixed) == "one x")
    }
}
