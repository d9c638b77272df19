import Glibc
import JSON
import Model
import Runtime

/// What ffprobe says of a film or a sound.
struct Probe {
    let milliseconds: Int
    /// As it is shown, turned where it is to be turned.
    let width: Int
    let height: Int
    let hasPicture: Bool
    let hasSound: Bool

    init?(_ text: [UInt8]) {
        guard let all = try? JSONCoder.decode(JSONValue.self, from: text), case .array(let streams)? = all["streams"]
        else {
            return nil
        }
        // The cover of a record is no film.
        let picture = streams.first {
            $0["codec_type"]?.string == "video" && $0["disposition"]?["attached_pic"]?.integer != 1
        }
        let sound = streams.first { $0["codec_type"]?.string == "audio" }
        let stated = [all["format"], picture, sound].compactMap { $0?["duration"]?.string }.compactMap(Double.init)
        guard let seconds = stated.first(where: { $0.isFinite && $0 >= 0 }) else { return nil }
        milliseconds = Int(min(seconds, 1e9) * 1000)
        let sides = (picture?["width"]?.integer ?? 0, picture?["height"]?.integer ?? 0)
        let isTurned = Self.rotation(of: picture) % 180 != 0
        (width, height) = isTurned ? (sides.1, sides.0) : sides
        hasPicture = picture != nil && width > 0 && height > 0
        hasSound = sound != nil
    }

    private static func rotation(of stream: JSONValue?) -> Int {
        guard case .array(let all)? = stream?["side_data_list"] else { return 0 }
        return all.compactMap { $0["rotation"]?.integer }.first ?? 0
    }
}

extension Bench {
    private static let longest = 4 * 3_600_000
    private static let mostPixels = 8192 * 4320
    /// The longer side of what is handed out.
    private static let largestSide = 1280

    func recording(_ type: FileType, _ onProgress: @escaping @Sendable (Double) -> Void) async throws -> MediaVerdict {
        do {
            let said = try await program(
                "ffprobe",
                reading(type) + ["-show_streams", "-show_format", "-of", "json", "file:\(input)"], within: .seconds(60))
            guard let probe = Probe(said), probe.hasPicture || probe.hasSound else { return .refused("damaged") }
            guard probe.milliseconds <= Self.longest else { return .refused("too_long") }
            guard probe.width * probe.height <= Self.mostPixels else { return .refused("too_many_pixels") }
            return probe.hasPicture && type.kind == .video
                ? try await film(type, probe, onProgress) : try await sound(type, probe, onProgress)
        } catch let refused as Refused { return .refused(refused.why) }
    }

    /// One demuxer, chosen by us, and files alone: a list that names other files or addresses is not followed.
    private func reading(_ type: FileType) -> [String] {
        ["-v", "error", "-f", demuxer(type), "-protocol_whitelist", "file"]
    }

    private func demuxer(_ type: FileType) -> String {
        switch type {
        case .mp4: "mov"
        case .mp3, .ogg, .wav, .flac, .aac, .avi, .matroska: type.rawValue
        case .jpeg, .png, .gif, .webp, .heif, .pdf, .other: preconditionFailure("no recording: \(type)")
        }
    }

    // MARK: Films

    private func film(
        _ type: FileType, _ probe: Probe, _ onProgress: @escaping @Sendable (Double) -> Void
    ) async throws -> MediaVerdict {
        let poster = try await poster(type, probe)
        let report = try await pictures(of: poster, .png, keepingContent: false)
        if report.refusal != nil { return .refused("damaged") }
        let content = "\(folder)/film.mp4"
        let side = Self.largestSide
        let size =
            "scale=w='min(\(side),iw)':h='min(\(side),ih)':force_original_aspect_ratio=decrease:force_divisible_by=2"
        try await convert(
            type, probe,
            [
                "-map", "0:v:0", "-map", "0:a:0?", "-vf", "\(size),format=yuv420p", "-c:v", "libx264", "-preset",
                "veryfast", "-crf", "24", "-profile:v", "high", "-c:a", "aac", "-b:a", "128k", "-ac", "2",
            ] + Self.writing(content), onProgress)
        var made = MadeMedia(.video)
        made.take(report, in: folder)
        made.content = MadeMedia.Content(path: content, contentType: "video/mp4")
        (made.width, made.height, made.durationMs) = (probe.width, probe.height, probe.milliseconds)
        return .made(made)
    }

    /// From a moment after the beginning, which is often black; where there is none, from the beginning.
    private func poster(_ type: FileType, _ probe: Probe) async throws -> String {
        let path = "\(folder)/poster.png"
        for second in [min(1, Double(probe.milliseconds) / 10_000), 0] {
            _ = try await program(
                "ffmpeg",
                ["-nostdin", "-y", "-ss", "\(second)"] + reading(type) + [
                    "-i", "file:\(input)", "-map", "0:v:0", "-frames:v", "1", "-f", "image2", "-c:v", "png", path,
                ], within: .seconds(90))
            if access(path, R_OK) == 0 { return path }
        }
        throw Refused(why: "damaged")
    }

    // MARK: Sounds

    private func sound(
        _ type: FileType, _ probe: Probe, _ onProgress: @escaping @Sendable (Double) -> Void
    ) async throws -> MediaVerdict {
        let (content, samples) = ("\(folder)/sound.m4a", "\(folder)/samples")
        try await convert(
            type, probe,
            ["-map", "0:a:0", "-vn", "-c:a", "aac", "-b:a", "96k"] + Self.writing(content) + [
                "-map", "0:a:0", "-ac", "1", "-ar", "4000", "-f", "s16le", samples,
            ], onProgress)
        var made = MadeMedia(.audio)
        made.content = MadeMedia.Content(path: content, contentType: "audio/mp4")
        made.durationMs = probe.milliseconds
        made.waveform = try await shop.threads.run { try Waveform.read(samples) }
        return .made(made)
    }

    // MARK: -

    /// Without what was noted in the original: where, with what, by whom.
    private static func writing(_ path: String) -> [String] {
        ["-map_metadata", "-1", "-map_chapters", "-1", "-sn", "-dn", "-movflags", "+faststart", "-f", "mp4", path]
    }

    private func convert(
        _ type: FileType, _ probe: Probe, _ arguments: [String], _ onProgress: @escaping @Sendable (Double) -> Void
    ) async throws {
        let total = Double(max(probe.milliseconds, 1))
        _ = try await program(
            "ffmpeg",
            ["-nostdin", "-y", "-progress", "pipe:1"] + reading(type) + ["-i", "file:\(input)"] + arguments,
            within: .minutes(25)
        ) { piece in
            guard let milliseconds = Self.milliseconds(in: piece) else { return }
            onProgress(min(1, milliseconds / total))
        }
    }

    /// The last time that ffmpeg has reached, of what it says about its progress.
    private static func milliseconds(in piece: [UInt8]) -> Double? {
        let lines = String(decoding: piece, as: UTF8.self).split(separator: "\n")
        let reached = lines.last { $0.hasPrefix("out_time_us=") }
        return reached.flatMap { Double($0.dropFirst("out_time_us=".count)) }.map { $0 / 1000 }
    }
}

/// How loud a sound is in equal parts of its time.
enum Waveform {
    static let parts = 64

    /// Of samples of 16 bits; the loudest part is 100.
    static func read(_ path: String) throws -> [Int] {
        let total = try Files.size(of: path) / 2
        guard total > 0 else { return [] }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw SystemError.last("open \(path)") }
        defer { close(descriptor) }
        var peaks = [Int](repeating: 0, count: parts)
        var buffer = [Int16](repeating: 0, count: 1 << 16)
        var place = 0
        while place < total {
            let bytes = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            guard bytes > 0 else { break }
            for sample in buffer[..<(bytes / 2)] {
                let part = place * parts / total
                peaks[min(part, parts - 1)] = max(peaks[min(part, parts - 1)], abs(Int(sample)))
                place += 1
            }
        }
        let loudest = max(peaks.max() ?? 0, 1)
        return peaks.map { $0 * 100 / loudest }
    }
}
