#!/bin/bash
# Builds the Swift tests with a sanitizer and runs them: address, thread, undefined, or all that the compiler offers.
# (On Linux it does not offer the last one; overflows and bad indices stop a Swift program in any case.)
set -uo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Left out: tests that need PostgreSQL, and those that measure processor time, which a sanitizer multiplies unevenly.
# A finding ends the program, and so fails the run; the tracer of crashes would only hold it up. Threads that live as
# long as the program are no leak.
# Foundation's Process, with which tests run commands, copies directory entries from beyond the end of their buffer.
echo 'interceptor_via_fun:*findMaximumOpenFromProcSelfFD*' >"$work/suppressions"
export ASAN_OPTIONS=detect_leaks=0:suppressions=$work/suppressions TSAN_OPTIONS=halt_on_error=1:report_thread_leaks=0
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 SWIFT_BACKTRACE=enable=no

# The thread sanitizer sees what is compiled into our code, and not the Swift runtime, which tells it in most places when
# one thread has waited for another. It does not where a thread waits for a Mutex, nor where a task that would wait for a
# continuation finds it resumed. This library, which is loaded before the runtime, reports both.
tell_of_waiting() {
    cat >"$work/waiting.c" <<'PROGRAM'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

// Synchronization._MutexHandle._lockSlow(UInt32) and ._unlockSlow(), which are called when threads wait.
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define SWIFT __attribute__((swiftcall))
#define ASYNC __attribute__((swiftasynccall))
#define SELF __attribute__((swift_context)) void *mutex

void __tsan_acquire(void *) __attribute__((weak));
void __tsan_release(void *) __attribute__((weak));
SWIFT void *swift_task_getCurrent(void) __attribute__((weak));
SWIFT void lock(uint32_t thread, SELF) __asm__(LOCK);
SWIFT void unlock(SELF) __asm__(UNLOCK);

static SWIFT void (*originalLock)(uint32_t, SELF);
static SWIFT void (*originalUnlock)(SELF);
static ASYNC void (*originalAwait)(void *);
static void (*originalEnter)(void *);

__attribute__((constructor)) static void find(void) {
    originalLock = (SWIFT void (*)(uint32_t, SELF))dlsym(RTLD_NEXT, LOCK);
    originalUnlock = (SWIFT void (*)(SELF))dlsym(RTLD_NEXT, UNLOCK);
    originalAwait = (ASYNC void (*)(void *))dlsym(RTLD_NEXT, "swift_continuation_await");
    originalEnter = (void (*)(void *))dlsym(RTLD_NEXT, "swift_task_enterThreadLocalContext");
}

SWIFT void lock(uint32_t thread, SELF) {
    originalLock(thread, mutex);
    if (__tsan_acquire) __tsan_acquire(mutex);
}

SWIFT void unlock(SELF) {
    if (__tsan_release) __tsan_release(mutex);
    originalUnlock(mutex);
}

// The thread that resumed the task has released it.
static void acquireTask(void) {
    void *task = swift_task_getCurrent ? swift_task_getCurrent() : 0;
    if (task && __tsan_acquire) __tsan_acquire(task);
}

// The continuation may be resumed already.
ASYNC void swift_continuation_await(void *context) {
    acquireTask();
    __attribute__((musttail)) return originalAwait(context);
}

// Called when a task runs again, also one that is resumed while it begins to wait.
void swift_task_enterThreadLocalContext(void *state) {
    originalEnter(state);
    acquireTask();
}
PROGRAM
    clang -O1 -shared -fPIC "$work/waiting.c" -o "$work/waiting.so"
}

# True if the thread sanitizer reports threads that race, and none that wait for each other.
finds_only_races() {
    mkdir "$work/check"
    cat >"$work/check/main.swift" <<'PROGRAM'
import Glibc
import Synchronization

final class Box: @unchecked Sendable {
    let locked = Mutex([Int]())
    var unlocked = 0
}
let box = Box()
let races = CommandLine.arguments.count > 1
var threads: [pthread_t] = []
for _ in 0..<4 {
    var thread = pthread_t()
    pthread_create(&thread, nil, { _ in
        for number in 0..<20_000 {
            box.locked.withLock { $0 = [number] }
            if races { box.unlocked = number }
        }
        return nil
    }, nil)
    threads.append(thread)
}
for thread in threads { pthread_join(thread, nil) }

final class Caller {
    let continuation: CheckedContinuation<[Int], Never>
    init(_ continuation: CheckedContinuation<[Int], Never>) { self.continuation = continuation }
}
for count in 1...1000 {
    let answer = await withCheckedContinuation { continuation in
        var thread = pthread_t()
        pthread_create(&thread, nil, { pointer in
            guard let pointer else { return nil }
            let caller = Unmanaged<Caller>.fromOpaque(pointer).takeRetainedValue()
            caller.continuation.resume(returning: [Int](repeating: 1, count: 100))
            return nil
        }, Unmanaged.passRetained(Caller(continuation)).toOpaque())
        pthread_detach(thread)
    }
    if answer.reduce(0, +) != 100 { exit(1) }
}
PROGRAM
    swiftc -O -sanitize=thread "$work/check/main.swift" -o "$work/check/program" &&
        LD_PRELOAD=$work/waiting.so "$work/check/program" || return
    LD_PRELOAD=$work/waiting.so "$work/check/program" races 2>"$work/check/races"
    grep -q "data race" "$work/check/races"
}

chosen=("$@")
((${#chosen[@]})) || chosen=(address thread undefined)
failed=0
for name in "${chosen[@]}"; do
    if ! swiftc -sanitize="$name" -parse - <<<"" 2>/dev/null; then
        echo "== $name: not offered by this compiler on this system"
        continue
    fi
    flags=() preload=
    if [[ $name == thread ]]; then
        if ! { tell_of_waiting && finds_only_races; } >"$work/log" 2>&1; then
            tail -n 20 "$work/log"
            echo "== thread: not run. In a trial it does not report races, or reports threads that only wait for each other."
            failed=1
            continue
        fi
        # Without optimization the locking is not compiled into our code.
        flags=(-Xswiftc -O) preload=$work/waiting.so
    fi
    echo "== $name"
    log=.build-$name/sanitize.log
    mkdir -p ".build-$name"
    build=(--sanitize="$name" --scratch-path ".build-$name" "${flags[@]}")
    # Bounded: each database that is open takes one of the 1,024 keys of a process.
    if swift build --build-tests "${build[@]}" >"$log" 2>&1 &&
        LD_PRELOAD=$preload swift test --skip-build "${build[@]}" --experimental-maximum-parallelization-width 64 \
            --skip "PostgresDatabaseTests|EqualWorkTests" >>"$log" 2>&1; then
        grep -E 'Test run with' "$log" | tail -n 1
    else
        grep -E 'Sanitizer|SUMMARY|✘|error:' "$log" | head -n 40
        echo "Not clean; see $log"
        failed=1
    fi
done
exit $failed
