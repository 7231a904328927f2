import Basics
import Glibc
import Metrics

/// The process's own metrics, under the names that Prometheus' client libraries have for them.
enum ProcessMetrics {
    static func families() -> [MetricFamily] {
        [
            .counter(
                "process_cpu_seconds_total", "Processor time of all threads, in user and system mode.", cpuSeconds()),
            .gauge("process_start_time_seconds", "Time of the start, since 1970.", startTime() ?? 0),
            .gauge("process_resident_memory_bytes", "Memory in use.", memory()?.resident),
            .gauge("process_virtual_memory_bytes", "Address space.", memory()?.virtual),
            .gauge("process_open_fds", "Open file descriptors.", openDescriptors()),
            .gauge("process_max_fds", "Most file descriptors that may be open.", maximumDescriptors()),
            .gauge("latchkey_threads", "Threads of the process.", threads()),
        ]
    }

    private static func cpuSeconds() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1_000_000 }
    }

    /// Pages of memory (proc_pid_statm(5)), in bytes.
    private static func memory() -> (virtual: Int64, resident: Int64)? {
        let fields = text("/proc/self/statm").split(separator: " ").compactMap { Int64($0) }
        guard fields.count > 1 else { return nil }
        let page = Int64(sysconf(Int32(_SC_PAGESIZE)))
        return (fields[0] * page, fields[1] * page)
    }

    private static func openDescriptors() -> Int64? {
        // One of them reads the directory.
        (try? FileSystem.names(in: "/proc/self/fd")).map { Int64($0.count - 1) }
    }

    private static func maximumDescriptors() -> Int64? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return Int64(clamping: limit.rlim_cur)
    }

    /// The fields of proc_pid_stat(5) from the third on: the second, a name, may contain spaces.
    private static func stat() -> [Substring] {
        let text = text("/proc/self/stat")
        guard let end = text.lastIndex(of: ")") else { return [] }
        return text[text.index(after: end)...].split(separator: " ")
    }

    private static func threads() -> Int64? {
        let fields = stat()
        return fields.count > 17 ? Int64(fields[17]) : nil
    }

    private static func startTime() -> Double? {
        let fields = stat()
        let boot = text("/proc/stat").split(separator: "\n").first { $0.hasPrefix("btime ") }
        guard fields.count > 19, let ticks = Double(fields[19]),
            let booted = boot.flatMap({ Double($0.dropFirst("btime ".count)) })
        else { return nil }
        return booted + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func text(_ path: String) -> String {
        String(decoding: (try? SystemError.bytes(ofFile: path)) ?? [], as: UTF8.self)
    }
}
