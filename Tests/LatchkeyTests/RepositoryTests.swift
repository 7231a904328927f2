import Foundation
import TestSupport
import Testing

@testable import Latchkey

/// What the compiler can't hold against the tree.
@Suite struct RepositoryTests {
    @Test func `docs/configuration.md lists every setting as it is`() throws {
        let table = try packageFile("docs/configuration.md")
        for setting in Settings.all {
            let row =
                "| `\(setting.name)` | \(setting.type) | \(setting.standard) | \(setting.isSecret ? "yes" : "no") | \(setting.help) |"
            #expect(table.contains(row), "It lacks: \(row)")
        }
    }

    @Test func `what the Dockerfile copies and runs is there`() throws {
        let lines = try packageFile("Dockerfile").replacing("\\\n", with: " ").split(separator: "\n")
        let copied = lines.filter { $0.hasPrefix("COPY ") && !$0.contains("--from") }
            .flatMap { $0.split(separator: " ").dropFirst().dropLast() }
        #expect(!copied.isEmpty)
        for path in copied where !path.hasPrefix("--") {
            #expect(FileManager.default.fileExists(atPath: packageRoot + "/" + path), "\(path)")
        }

        let manifest = try packageFile("Package.swift")
        let text = lines.joined(separator: "\n")
        #expect(manifest.contains(#".executable(name: "latchkey""#))
        #expect(text.contains("--product latchkey"))
        #expect(text.contains(#"ENTRYPOINT ["/usr/local/bin/latchkey"]"#))
        let commands = Latchkey.configuration.subcommands.compactMap { $0.configuration.commandName }
        for line in lines where line.hasPrefix("CMD [") || line.contains("HEALTHCHECK") {
            #expect(commands.contains { line.contains("\"\($0)\"") }, "\(line)")
        }
        for name in text.matches(of: /\b(LATCHKEY_[A-Z]+|HOST|PORT)=/).map({ String($0.1) }) {
            #expect(Settings.all.contains { $0.name == name }, "\(name)")
        }
    }

    @Test func `the comparison of templates is built with the product's Templating, and nothing else of it`() throws {
        let root = packageRoot + "/Benchmarks/templates/Sources"
        let links = try FileManager.default.subpathsOfDirectory(atPath: root).map { root + "/" + $0 }
            .filter { (try? FileManager.default.destinationOfSymbolicLink(atPath: $0)) != nil }
        #expect(links == [root + "/Templating"])
        for link in links { #expect(FileManager.default.fileExists(atPath: link), "\(link)") }
    }

    @Test func `secrets and data stay out of git`() throws {
        let ignored = Set(try packageFile(".gitignore").split(whereSeparator: \.isNewline).map(String.init))
        #expect(ignored.isSuperset(of: [".env", "/data/", ".build/"]))
    }

    @Test func `the Dockerfile keeps the compiler out and root away`() throws {
        let stages = try packageFile("Dockerfile").split(separator: "FROM ").dropFirst()
        let run = try #require(stages.last)
        #expect(stages.count == 2)
        #expect(!run.contains("swift:"))
        #expect(!run.contains("-dev"))
        #expect(run.contains("\nUSER "))
        #expect(run.contains("\nVOLUME "))
        #expect(run.contains("\nHEALTHCHECK "))
    }

    @Test func `every test function has its attribute`() throws {
        let root = packageRoot + "/Tests"
        let files = try FileManager.default.subpathsOfDirectory(atPath: root).filter { $0.hasSuffix(".swift") }
        #expect(files.count > 20)
        for file in files {
            var isTest = false
            for line in try packageFile("Tests/" + file).split(separator: "\n") {
                if line.contains("@Test") { isTest = true }
                guard line.contains("func `") else { continue }
                #expect(isTest, "\(file): \(line)")
                isTest = false
            }
        }
    }
}
