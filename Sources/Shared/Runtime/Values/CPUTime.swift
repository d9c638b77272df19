import CSystem

/// Time that processors have spent on us.
package enum CPUTime {
    package static var ofProcess: Duration { .nanoseconds(Int64(csystem_process_cpu_ns())) }
    package static var ofThread: Duration { .nanoseconds(Int64(csystem_thread_cpu_ns())) }
}
