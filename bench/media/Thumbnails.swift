import BenchSupport
import Glibc
import Model
import Runtime

/// Pictures of photographs of 12 megapixels, in three sizes and two formats: what a child of the media worker makes, beside
/// vipsthumbnail and Pillow. What counts is the processors' time for a file, whoever uses how many of them.
func measureThumbnails(into figures: inout Figures) async throws {
    let bench = try ThumbnailBench()
    defer { bench.remove() }
    Program.note("thumbnails: three sizes, WebP and JPEG, of \(ThumbnailBench.count) photographs, three rounds in turn")
    var rounds: [(ours: Double, vips: Double, pillow: Double)] = []
    for _ in 0..<3 {
        rounds.append((try bench.ours(), try bench.vipsthumbnail(), try bench.pillow()))
    }
    let ours = middle(rounds.map(\.ours)), vips = middle(rounds.map(\.vips)), pillow = middle(rounds.map(\.pillow))
    figures.add("thumbnailsPerCoreSecond", 6 / ours, digits: 1, "pictures of one core in a second")
    figures.add("thumbnailsRatioVips", vips / ours, "beside vipsthumbnail; at least 1.0")
    figures.add("thumbnailsRatioPillow", pillow / ours, "beside Pillow; at least 3")
}

private func middle(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

/// The photographs, and the programs that make them smaller.
private struct ThumbnailBench {
    static let count = 6

    private let folder: String
    private let photographs: [String]

    init() throws {
        let folder = try Program.output("mktemp -d").filter { !$0.isWhitespace }
        self.folder = folder
        photographs = (0..<Self.count).map { "\(folder)/photo\($0).jpg" }
        for (number, path) in photographs.enumerated() {
            _ = try Program.output("/usr/bin/python3 bench/peers/photograph.py \(path) \(number)")
        }
    }

    func remove() { Files.removeFolder(folder) }

    /// A process for each file, as the worker starts it: begun anew, and shut in.
    func ours() throws -> Double {
        let target = try target("ours")
        return try seconds {
            for path in photographs {
                _ = try Program.output(
                    ".build/release/worker-media \(ChildWork.pictures.rawValue) jpeg \(path) \(target) thumbnails")
            }
        }
    }

    /// A process for each size and format, which takes all files.
    func vipsthumbnail() throws -> Double {
        let target = try target("vips")
        let all = photographs.joined(separator: " ")
        return try seconds {
            for size in Media.thumbnailSizes {
                for form in ["webp[Q=78,effort=2,strip]", "jpeg[Q=82,optimize_coding,strip]"] {
                    _ = try Program.output(
                        "VIPS_CONCURRENCY=1 vipsthumbnail \(all) --size \(size)x\(size) -o '\(target)/%s-\(size).\(form)'"
                    )
                }
            }
        }
    }

    /// One process for everything.
    func pillow() throws -> Double {
        let target = try target("pillow")
        return try seconds {
            _ = try Program.output(
                "/usr/bin/python3 bench/peers/pillow_thumbnails.py \(target) \(photographs.joined(separator: " "))")
        }
    }

    private func target(_ name: String) throws -> String {
        try Files.makeFolder("\(folder)/\(name)")
        return "\(folder)/\(name)"
    }

    /// Of the processors, for one file; counted by the kernel for the children of this process.
    private func seconds(_ body: () throws -> Void) throws -> Double {
        let before = Self.used()
        try body()
        return (Self.used() - before) / Double(Self.count)
    }

    private static func used() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &usage)
        return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
    }
}
