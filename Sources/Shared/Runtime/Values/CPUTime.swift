import CSystem

/// Time that processors have spent on us.
public enum CPUTime {
    public static var ofProcess: Duration { .nanoseconds(Int64(csystem_process_cpu_ns())) }
    public static var ofThread: Duration { .nanoseconds(Int64(csystem_thread_cpu_ns())) }
}
