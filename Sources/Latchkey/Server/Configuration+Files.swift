import Auth
import Basics
import Crypto
import Domain
import Glibc
import HTTPServer
import Logging
import Storage
import Templating
import Web

extension Configuration {
    /// Creates the data directory, accessible by its owner only, if it does not exist.
    /// - Returns: true if it was created.
    /// - Throws: `CommandFailure`.
    func makeDataDirectory() throws -> Bool {
        guard try !hasDataDirectory() else { return false }
        do throws(SystemError) { try FileSystem.makeDirectory(dataDirectory) } catch {
            throw dataDirectoryFailure("made", error)
        }
        guard access(dataDirectory, W_OK | X_OK) == 0 else { throw dataDirectoryFailure("made", SystemError()) }
        return true
    }

    /// - Returns: false if there is no data directory yet.
    /// - Throws: `CommandFailure` if there is one and it is unusable.
    func hasDataDirectory() throws -> Bool {
        var status = stat()
        guard stat(dataDirectory, &status) == 0 else { return false }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw dataDirectoryFailure("used", SystemError(EEXIST)) }
        // If the database is elsewhere, only a secret that has to be created is written here.
        let needsSecret = secret == nil && access(dataDirectory + "/secret", F_OK) != 0
        let isWritten = needsSecret || database == .sqlite(path: dataDirectory + "/latchkey.db")
        guard !isWritten || access(dataDirectory, W_OK | X_OK) == 0 else {
            throw dataDirectoryFailure("written", SystemError())
        }
        return true
    }

    func dataDirectoryFailure(_ verb: String, _ error: SystemError) -> CommandFailure {
        CommandFailure(
            """
            The data directory \(dataDirectory) cannot be \(verb): \(error). \(error.remedy), or name another with \
            \(Settings.data.name).
            """)
    }

    /// - Throws: `TemplateErrors`, or `CommandFailure` if a directory cannot be read.
    func templates() throws -> TemplateLibrary {
        let directory = assetsDirectory + "/Templates"
        do {
            return try TemplateLibrary(directory: directory, pages: Site.pages, reloads: !isProduction)
        } catch let error as TemplateErrors {
            throw error
        } catch {
            throw CommandFailure(
                "The directory \(directory) cannot be read by user \(geteuid()). Give that user access, or name another with \(Settings.assets.name)."
            )
        }
    }

    func publicFiles() throws -> StaticFiles {
        try StaticFiles(directory: assetsDirectory + "/Public", reloads: !isProduction)
    }

    /// The content of the log's first line.
    func summary(port: Int, made: [String]) -> Logger.Metadata {
        var summary: Logger.Metadata = [
            "version": "\(Latchkey.version)", "environment": "\(isProduction ? "production" : "development")",
            "host": "\(host)", "port": .stringConvertible(port), "data": "\(dataDirectory)",
            "database": "\(database.place)",
        ]
        if let publicURL { summary["url"] = "\(publicURL.text)" }
        if !made.isEmpty { summary["made"] = "\(made.joined(separator: ", "))" }
        return summary
    }

    /// The configured secrets; outside production one is created if there is none.
    func secrets() throws -> Secrets {
        let current = try secret ?? SecretFile.secret(in: dataDirectory)
        return Secrets(current: Array(current.utf8), previous: previousSecrets.map { Array($0.utf8) })
    }
}
