import Glibc

/// One value for each thread, created on first access and released when the thread ends.
package final class ThreadLocal<Value: AnyObject>: @unchecked Sendable {
    // @unchecked is safe: `key` never changes after init, and what it leads to belongs to the calling thread alone.
    private let key: pthread_key_t

    package struct NoKeyLeft: Error, CustomStringConvertible {
        package let description = "This process has opened too many databases: no key for values of threads is left."
    }

    package init() throws {
        var key = pthread_key_t()
        let code = pthread_key_create(&key) { pointer in
            guard let pointer else { return }
            Unmanaged<AnyObject>.fromOpaque(pointer).release()
        }
        guard code == 0 else { throw NoKeyLeft() }
        self.key = key
    }

    deinit {
        // Values of other threads become unreachable and are leaked: once the key is deleted, the system calls no
        // destructors. Large values must be released before.
        if let pointer = pthread_getspecific(key) { Unmanaged<AnyObject>.fromOpaque(pointer).release() }
        pthread_key_delete(key)
    }

    /// The calling thread's value.
    package func value(orMake make: () throws -> Value) rethrows -> Value {
        if let pointer = pthread_getspecific(key) {
            return Unmanaged<Value>.fromOpaque(pointer).takeUnretainedValue()
        }
        let value = try make()
        pthread_setspecific(key, Unmanaged.passRetained(value).toOpaque())
        return value
    }
}
