// Tells the thread sanitizer about the order that Swift's libraries see to, which are not instrumented. It stands in front
// of a few of their functions and passes on what they order. It hides nothing else.
//
// `Mutex`: where nobody waits, taking and giving it is inlined and seen; where somebody does, it happens inside the library,
// so that each contended lock looks like none.
//
// Continuations: the library tells of them where the task waits before it is resumed. A task that is resumed first, by a
// thread of a pool above all, goes on at once, and what it was given looks as if it were raced for:
//
//     func run() async -> [Int] {
//         await withUnsafeContinuation { continuation in
//             startThread { continuation.resume(returning: [1]) }
//             usleep(2000)
//         }
//     }
//
// is reported by itself (-O -sanitize=thread), and is silent with this.
//
// Preloaded by scripts/sanitize. Swift's functions take `self` in the context register.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

// There in an instrumented program alone.
extern void __tsan_acquire(void *) __attribute__((weak));
extern void __tsan_release(void *) __attribute__((weak));

typedef SWIFT void Lock(uint32_t thread, SELF void *mutex);
typedef SWIFT void Unlock(SELF void *mutex);

SWIFT void lock_slow(uint32_t thread, SELF void *mutex) __asm__(LOCK);
SWIFT void unlock_slow(SELF void *mutex) __asm__(UNLOCK);

SWIFT void lock_slow(uint32_t thread, SELF void *mutex) {
    static Lock *own;
    if (!own) own = (Lock *)dlsym(RTLD_NEXT, LOCK);
    own(thread, mutex);
    if (__tsan_acquire) __tsan_acquire(mutex);
}

SWIFT void unlock_slow(SELF void *mutex) {
    static Unlock *own;
    if (!own) own = (Unlock *)dlsym(RTLD_NEXT, UNLOCK);
    if (__tsan_release) __tsan_release(mutex);
    own(mutex);
}

// A task resumes once, so its address stands for what is handed over.
#define ASYNC __attribute__((swiftasynccall))
typedef SWIFT void Resume(void *task);
typedef SWIFT void ResumeThrowing(void *task, void *error);
typedef ASYNC void Await(void *context);
extern SWIFT void *swift_task_getCurrent(void);

SWIFT void swift_continuation_resume(void *task) {
    static Resume *own;
    if (!own) own = (Resume *)dlsym(RTLD_NEXT, "swift_continuation_resume");
    if (__tsan_release) __tsan_release(task);
    own(task);
}

SWIFT void swift_continuation_throwingResume(void *task) {
    static Resume *own;
    if (!own) own = (Resume *)dlsym(RTLD_NEXT, "swift_continuation_throwingResume");
    if (__tsan_release) __tsan_release(task);
    own(task);
}

SWIFT void swift_continuation_throwingResumeWithError(void *task, void *error) {
    static ResumeThrowing *own;
    if (!own) own = (ResumeThrowing *)dlsym(RTLD_NEXT, "swift_continuation_throwingResumeWithError");
    if (__tsan_release) __tsan_release(task);
    own(task, error);
}

ASYNC void swift_continuation_await(void *context) {
    static Await *own;
    if (!own) own = (Await *)dlsym(RTLD_NEXT, "swift_continuation_await");
    if (__tsan_acquire) __tsan_acquire(swift_task_getCurrent());
    __attribute__((musttail)) return own(context);
}
