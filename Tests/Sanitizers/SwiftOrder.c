// Tells the thread sanitizer about Swift's `Mutex`. Where nobody waits, taking and giving it is inlined and seen; where
// somebody does, it happens inside the standard library, which is not instrumented, so that each contended lock looks like
// none. This stands in front of those two functions and passes on what they order. It hides nothing else.
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
