import Basics
import Glibc

/// The limits that the system sets this process.
enum SystemLimits {
    /// The number of files that may be open at most.
    static var files: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        // The server raises its own limit as far as it may.
        return Int(clamping: limit.rlim_max)
    }

    /// Bytes that the control group may use; nil without a limit.
    static var memory: Int64? {
        guard let bytes = try? SystemError.bytes(ofFile: "/sys/fs/cgroup/memory.max") else { return nil }
        return Int64(String(decoding: bytes, as: UTF8.self).prefix { $0.isNumber })
    }
}
