import Glibc
import JSON
import Model
import Runtime

/// Makes of files what is handed out: each step in a child that is shut in, a few at a time.
package struct Workshop: Sendable {
    /// This executable.
    let executable: String
    let threads: ThreadPool
    let templates: Templates

    /// How many files are looked into at once.
    package static var places: Int { max(2, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    package init(executable: String = "/proc/self/exe", metrics: MetricsRegistry? = nil) {
        self.executable = executable
        threads = ThreadPool(name: "children", threads: Self.places, metrics: metrics)
        templates = Templates(executable: executable)
    }

    package func look(
        at type: FileType, _ input: String, in folder: String, isStopped: @escaping @Sendable () -> Bool = { false },
        onProgress: @escaping @Sendable (Double) -> Void = { _ in }
    ) async throws -> MediaVerdict {
        let bench = Bench(shop: self, input: input, folder: folder, isStopped: isStopped)
        switch type.kind {
        case .image: return try await bench.picture(type)
        case .file: return try await bench.document(type)
        case .video, .audio: return try await bench.recording(type, onProgress)
        }
    }

    /// Only the small pictures of it; whether there are some.
    package func thumbnails(of input: String, _ type: FileType, in folder: String) async throws -> Bool {
        let bench = Bench(shop: self, input: input, folder: folder, isStopped: { false })
        return try await bench.pictures(of: input, type, keepingContent: false).refusal == nil
    }

    package func shutDown() {
        threads.stop()
        templates.end()
    }
}

/// One file that is worked on.
struct Bench: Sendable {
    let shop: Workshop
    let input: String
    let folder: String
    let isStopped: @Sendable () -> Bool

    /// Nothing can be said of the file: the child could not begin.
    struct Unable: Error, CustomStringConvertible {
        let description: String
    }

    /// Says no, with the reason.
    struct Refused: Error { let why: String }

    // MARK: Pictures

    func picture(_ type: FileType) async throws -> MediaVerdict {
        let report = try await pictures(of: input, type, keepingContent: true)
        if let refusal = report.refusal { return .refused(refusal) }
        var made = MadeMedia(.image)
        made.take(report, in: folder)
        // Without it the file would be handed out as it came, with all that it tells of people and places.
        guard made.content != nil else { return .refused("damaged") }
        return .made(made)
    }

    /// It is handed out as it came, and only as an attachment: a page that cannot be drawn is no reason to refuse it.
    func document(_ type: FileType) async throws -> MediaVerdict {
        var made = MadeMedia(.file)
        guard type == .pdf else { return .made(made) }
        let report = try await pictures(of: input, type, keepingContent: false)
        if report.refusal == nil { made.take(report, in: folder) }
        return .made(made)
    }

    private static let patience: Duration = .seconds(90)
    private static let reasons: Set<String> = [
        "damaged", "too_many_pixels", "too_many_frames", "too_long", "too_costly",
    ]

    func pictures(of file: String, _ type: FileType, keepingContent: Bool) async throws -> PictureReport {
        let arguments = [type.rawValue, file, folder, keepingContent ? "content" : "thumbnails"]
        do {
            let output =
                type.needsModules
                ? try await run(.pictures, arguments, within: Self.patience) : try await copy(arguments)
            let report = (try? JSONCoder.decode(PictureReport.self, from: output)) ?? .refused("damaged")
            let isKnown = report.refusal.map { Self.reasons.contains($0) } ?? true
            return isKnown ? report : .refused("damaged")
        } catch let refused as Refused { return .refused(refused.why) }
    }

    // MARK: Children

    /// What it printed; throws `Refused` where the file brought it down.
    func run(
        _ work: ChildWork, _ arguments: [String], within limit: Duration,
        onOutput: @escaping @Sendable ([UInt8]) -> Void = { _ in }
    ) async throws -> [UInt8] {
        let child = ChildRun(
            executable: shop.executable, work: work, arguments: arguments, folder: folder, limit: limit)
        let isStopped = isStopped
        return try judge(
            try await shop.threads.run { try child.run(isStopped: isStopped, onOutput: onOutput) })
    }

    /// The same by a copy of a process that is ready.
    private func copy(_ arguments: [String]) async throws -> [UInt8] {
        let (templates, folder, isStopped) = (shop.templates, folder, isStopped)
        return try judge(
            try await shop.threads.run {
                try templates.run(arguments, in: folder, within: Self.patience, isStopped: isStopped)
            })
    }

    private func judge(_ result: (end: ChildRun.End, output: [UInt8])) throws -> [UInt8] {
        switch result.end {
        case .exited(0): return result.output
        case .exited(ChildWork.unable): throw Unable(description: complaint)
        case .exited: throw Refused(why: "damaged")
        case .killed, .tooLong: throw Refused(why: "too_costly")
        }
    }

    /// The beginning of what a child complained of.
    private var complaint: String { String(((try? TextFile.read("\(folder)/errors")) ?? "").prefix(500)) }

    /// A program of the system, with a limit of its processor's seconds.
    func program(
        _ name: String, _ arguments: [String], within limit: Duration,
        onOutput: @escaping @Sendable ([UInt8]) -> Void = { _ in }
    ) async throws -> [UInt8] {
        let seconds = limit.components.seconds * 4
        return try await run(
            .program, ["\(seconds)", folder, input, "/usr/bin/\(name)"] + arguments, within: limit, onOutput: onOutput)
    }
}
