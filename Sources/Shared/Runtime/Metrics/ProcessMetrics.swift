import CSystem
import Glibc

/// What is measured of every process, under the names that Prometheus' own libraries use.
public enum ProcessMetrics {
    public static func register(in metrics: MetricsRegistry, process: String, version: String, log: LogWriter) {
        let start = Double(Timestamp.now.microseconds) / 1e6
        metrics.computed("process_start_time_seconds", "When the process started, since 1970.") { start }
        metrics.computed("process_cpu_seconds_total", "CPU time used.", .counter) {
            Double(csystem_process_cpu_ns()) / 1e9
        }
        metrics.computed("process_resident_memory_bytes", "Memory in use.") { memory(field: 1) }
        metrics.computed("process_virtual_memory_bytes", "Address space in use.") { memory(field: 0) }
        metrics.computed("process_open_fds", "Open file descriptors.") { openDescriptors() }
        metrics.computed("process_max_fds", "How many file descriptors may be open.") { descriptorLimit() }
        metrics.computed("log_events_dropped_total", "Log events lost because the reader was slow.", .counter) {
            Double(log.dropped)
        }
        metrics.computed("build_info", "Which build runs.", labels: ["process": process, "version": version]) { 1 }
    }

    /// Fields of statm are pages: 0 is the address space, 1 what is resident.
    private static func memory(field: Int) -> Double {
        guard let fields = try? TextFile.read("/proc/self/statm").split(separator: " "), field < fields.count,
            let pages = Double(fields[field])
        else { return .nan }
        return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }

    private static func openDescriptors() -> Double {
        guard let directory = opendir("/proc/self/fd") else { return .nan }
        defer { closedir(directory) }
        var entries = 0.0
        while readdir(directory) != nil { entries += 1 }
        // Two are `.` and `..`, one is the directory itself.
        return entries - 3
    }

    private static func descriptorLimit() -> Double {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .nan }
        return Double(limit.rlim_cur)
    }
}
