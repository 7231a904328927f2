import Basics
import Glibc
import Storage

/// The data directory and the disk that it is on.
struct DataChecks {
    let configuration: Configuration
    private var directory: String { configuration.dataDirectory }

    func run(_ report: inout CheckReport) async {
        var exists = false
        await report.attempt("data directory") {
            exists = try configuration.hasDataDirectory()
            if exists { return directory }
            let parent = Self.nearestExisting(above: directory)
            guard access(parent, W_OK | X_OK) == 0 else {
                throw configuration.dataDirectoryFailure("made", SystemError())
            }
            return "\(directory) is not there yet; the start makes it."
        }
        checkRights(&report)
        let place = exists ? directory : Self.nearestExisting(above: directory)
        checkFileSystem(place, &report)
        checkSpace(place, &report)
        if exists, report.count(.failure) == 0 { await checkSpeed(&report) }
    }

    private var databaseFile: String? {
        guard case .sqlite(let path) = configuration.database else { return nil }
        return path
    }

    private func checkRights(_ report: inout CheckReport) {
        var files = [directory, directory + "/secret"]
        if let databaseFile { files += [databaseFile, databaseFile + "-wal", databaseFile + "-shm"] }
        for file in files {
            guard let status = try? FileStatus(file) else { continue }
            if status.owner != geteuid() {
                report.warn(
                    "owner",
                    "\(file) belongs to user \(status.owner), and this check runs as user \(geteuid()). Run it, and the server, as the one that the data belong to."
                )
            }
            if status.isOpenToOthers {
                let mode = String(status.permissions, radix: 8)
                report.warn(
                    "permissions",
                    "\(file) has the mode \(mode), so other users of this machine can get at it. Take that away: chmod go= \(file)"
                )
            }
        }
    }

    private func checkFileSystem(_ place: String, _ report: inout CheckReport) {
        let name = "file system"
        guard databaseFile != nil, let kind = FileSystemKind(at: databaseFile.map(Self.place) ?? place) else {
            return
        }
        switch kind {
        case .local: report.ok(name, "a local one")
        case .network(let kind):
            report.warn(
                name,
                "\(place) is on \(kind), where SQLite's locks and shared memory are not dependable. Put the data on a disk of this machine, or use PostgreSQL."
            )
        case .layer:
            report.warn(
                name,
                "\(place) is in a container's own layer, and is gone with the container. Mount a volume there.")
        case .memory: report.warn(name, "\(place) is in memory, and is gone when the machine stops.")
        }
    }

    /// The directory of a file that may not be there yet.
    private static func place(_ file: String) -> String {
        FileSystem.exists(file) ? file : nearestExisting(above: file)
    }

    private func checkSpace(_ place: String, _ report: inout CheckReport) {
        let name = "disk space"
        guard let space = DiskSpace(at: place) else { return }
        let size = databaseFile.flatMap { try? FileSystem.size(of: $0) } ?? 0
        let free = ByteCount.text(space.free)
        if space.free <= configuration.diskReserve {
            report.fail(
                name,
                "\(free) are free at \(place), no more than the reserve (\(Settings.diskReserve.name)), so tasks cannot be saved. Make room."
            )
        } else if space.free - configuration.diskReserve < 2 * size {
            report.warn(
                name,
                "\(free) are free at \(place), and the database has \(ByteCount.text(size)): too little for a backup and a restore beside it. Make room."
            )
        } else if space.totalFiles > 0, space.freeFiles < 1000 {
            report.warn(name, "Only \(space.freeFiles) more files can be made at \(place). Delete some.")
        } else {
            report.ok(name, "\(free) free")
        }
    }

    /// The time that the disk takes to have something safe, which is the time of a commit.
    private func checkSpeed(_ report: inout CheckReport) async {
        let name = "disk speed"
        let path = "\(directory)/.latchkey-check-\(getpid())"
        var times: [Duration] = []
        do throws(SystemError) {
            times = try Self.syncTimes(path)
        } catch {
            return report.fail(name, "\(directory): a trial file could not be written: \(error). \(error.remedy).")
        }
        times.sort()
        guard let slow = times.dropLast(times.count / 20).last else { return }
        let text =
            "\(times[times.count / 2].shownMilliseconds) for a small write, \(slow.shownMilliseconds) for a slow one"
        if slow > .milliseconds(20) {
            report.warn(name, "\(text). Each change waits that long; a disk of its own, or an SSD, is faster.")
        } else if slow < .microseconds(20) {
            report.warn(name, "\(text). No disk is that fast: it may not keep what it says to have written.")
        } else {
            report.ok(name, text)
        }
    }

    private static func syncTimes(_ path: String) throws(SystemError) -> [Duration] {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SystemError() }
        unlink(path)
        defer { close(file) }
        let clock = ContinuousClock()
        let page = [UInt8](repeating: 0x5A, count: 4096)
        var times: [Duration] = []
        for _ in 0..<50 {
            let start = clock.now
            try FileSystem.write(page, to: file)
            guard fdatasync(file) == 0 else { throw SystemError() }
            times.append(clock.now - start)
        }
        return times
    }

    private static func nearestExisting(above path: String) -> String {
        var path = FileSystem.directory(of: path)
        while !FileSystem.exists(path), path != "/", path != "." { path = FileSystem.directory(of: path) }
        return path
    }
}

extension Duration {
    /// `0.16 ms`
    var shownMilliseconds: String {
        let microseconds = components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
        let hundredths = (microseconds + 5) / 10
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) ms"
    }
}
