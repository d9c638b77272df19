import BenchSupport
import Glibc
import MediaHandlers
import Model
import Runtime

/// Pictures of photographs of 12 megapixels, in three sizes and two formats: what a child of the media worker makes, beside
/// vipsthumbnail and Pillow. What counts is the processors' time for a file, whoever uses how many of them.
func measureThumbnails(into figures: inout Figures) async throws {
    let bench = try ThumbnailBench()
    defer { bench.remove() }
    Program.note(
        "thumbnails: three sizes, WebP and JPEG, of \(bench.files.count) photographs, three rounds in turn")
    var rounds: [(ours: Double, vips: Double, pillow: Double)] = []
    for _ in 0..<3 {
        rounds.append((try await bench.ours(), try await bench.vipsthumbnail(), try await bench.pillow()))
    }
    let ours = middle(rounds.map(\.ours)), vips = middle(rounds.map(\.vips)), pillow = middle(rounds.map(\.pillow))
    figures.add("thumbnailsPerCoreSecond", 6 / ours, digits: 1, "pictures of one core in a second")
    figures.add("thumbnailsRatioVips", vips / ours, "beside vipsthumbnail; at least 1.0")
    figures.add("thumbnailsRatioPillow", pillow / ours, "beside Pillow; at least 3")
}

private func middle(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

/// The photographs, and the programs that make them smaller.
private struct ThumbnailBench {
    private static let photographs = 6
    private static let times = 3

    private let folder: String
    /// Each photograph several times, so that what comes once in the life of a process counts little, for all of them.
    let files: [String]

    init() throws {
        let folder = try Program.output("mktemp -d").filter { !$0.isWhitespace }
        self.folder = folder
        let photographs = (0..<Self.photographs).map { "\(folder)/photo\($0).jpg" }
        files = (0..<Self.times).flatMap { _ in photographs }
        for (number, path) in photographs.enumerated() {
            _ = try Program.output("/usr/bin/python3 bench/peers/photograph.py \(path) \(number)")
        }
    }

    func remove() { Files.removeFolder(folder) }

    /// As the worker does it: a process for each file, shut in, a copy of one that is ready.
    func ours() async throws -> Double {
        let target = try target("ours")
        return try await seconds {
            let workshop = Workshop(executable: ".build/release/worker-media")
            defer { workshop.shutDown() }
            for path in files {
                guard try await workshop.thumbnails(of: path, .jpeg, in: target) else { throw NothingMade() }
            }
        }
    }

    private struct NothingMade: Error {}

    /// A process for each size and format, which takes all files.
    func vipsthumbnail() async throws -> Double {
        let target = try target("vips")
        let all = files.joined(separator: " ")
        return try await seconds {
            for size in Media.thumbnailSizes {
                for form in ["webp[Q=77,effort=0,strip]", "jpeg[Q=82,strip]"] {
                    _ = try Program.output(
                        "VIPS_CONCURRENCY=1 vipsthumbnail \(all) --size \(size)x\(size) -o '\(target)/%s-\(size).\(form)'"
                    )
                }
            }
        }
    }

    /// One process for everything.
    func pillow() async throws -> Double {
        let target = try target("pillow")
        return try await seconds {
            _ = try Program.output(
                "/usr/bin/python3 bench/peers/pillow_thumbnails.py \(target) \(files.joined(separator: " "))")
        }
    }

    private func target(_ name: String) throws -> String {
        try Files.makeFolder("\(folder)/\(name)")
        return "\(folder)/\(name)"
    }

    /// Of the processors, for one file; of this process, and of its children by the time they have ended.
    private func seconds(_ body: () async throws -> Void) async throws -> Double {
        let before = Self.used()
        try await body()
        return (Self.used() - before) / Double(files.count)
    }

    private static func used() -> Double {
        [RUSAGE_SELF, RUSAGE_CHILDREN].reduce(0) { sum, whose in
            var usage = rusage()
            getrusage(__rusage_who_t(whose.rawValue), &usage)
            return [usage.ru_utime, usage.ru_stime].reduce(sum) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
        }
    }
}
