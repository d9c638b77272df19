import Foundation
import JSON
import Model
import Runtime
import TestSupport
import Testing

@testable import MediaHandlers

/// What is made of files: looked at with other eyes than those that made it.
@Suite struct WorkshopTests {
    @Test func `a photograph is turned, forgets where it was taken, and is made smaller`() async throws {
        let pictures = try await Pictures()
        let made = try await pictures.made("photo.jpg")
        #expect(made.width == 1200 && made.height == 1600 && made.content?.contentType == "image/jpeg")
        #expect(try await Pictures.look(at: pictures.path("photo.jpg"))["noted"] != .array([]))
        let content = try #require(made.content)
        // Red and green above, blue and yellow below: turned to the right, blue is where red was.
        for path in [content.path] + made.thumbnails.map(\.path) {
            let seen = try await Pictures.look(at: path)
            #expect(seen["noted"] == .array([]) && seen["orientation"]?.integer == 1, "\(path): \(seen)")
            #expect(Self.isClose(seen["colours"]?[0], [50, 60, 210]), "\(seen)")
            #expect(Self.isClose(seen["colours"]?[3], [40, 200, 60]), "\(seen)")
        }
        #expect(
            made.thumbnails.map { "\($0.size) \($0.format) \($0.width)x\($0.height)" } == [
                "64 webp 48x64", "64 jpeg 48x64", "300 webp 225x300", "300 jpeg 225x300", "1080 webp 810x1080",
                "1080 jpeg 810x1080",
            ])
        for thumbnail in made.thumbnails where thumbnail.size > 64 {
            let seen = try await Pictures.look(at: thumbnail.path)
            #expect(seen["width"]?.integer == thumbnail.width && seen["height"]?.integer == thumbnail.height)
            #expect(seen["format"]?.string?.lowercased() == thumbnail.format.rawValue)
            #expect(try await Pictures.difference(thumbnail.path, content.path) < 3)
        }
        // The mean colour of the four quarters.
        #expect(Self.meanColour(of: try #require(made.blurhash)).map { abs($0 - 128) < 60 } == [true, true, true])
    }

    @Test func `colours stay what a profile says they are`() async throws {
        let pictures = try await Pictures()
        let made = try await pictures.made("profiled.jpg")
        let seen = try await Pictures.look(at: try #require(made.content?.path))
        #expect(seen["noted"] == .array([]) && Self.isClose(seen["colours"]?[2], [50, 60, 210]), "\(seen)")
    }

    @Test func `what is transparent stays so, and what moves goes on moving`() async throws {
        let pictures = try await Pictures()
        let shape = try await pictures.made("shape.png")
        let whole = try await Pictures.look(at: try #require(shape.content?.path))
        #expect(whole["format"]?.string == "PNG" && whole["alpha"]?.integer == 0)
        for (name, format) in [("moving.gif", "GIF"), ("moving.webp", "WEBP")] {
            let moving = try await pictures.made(name)
            #expect(moving.isAnimated && moving.width == 200 && moving.height == 150)
            let seen = try await Pictures.look(at: try #require(moving.content?.path))
            #expect(seen["format"]?.string == format && seen["frames"]?.integer == 5, "\(seen)")
            for thumbnail in moving.thumbnails {
                let seen = try await Pictures.look(at: thumbnail.path)
                #expect(seen["frames"]?.integer == (thumbnail.format == .webp ? 5 : 1), "\(name) \(thumbnail)")
            }
        }
        let small = try await pictures.made("small.webp")
        #expect(small.thumbnails.map(\.width) == [64, 64, 90, 90, 90, 90], "nothing is made larger")
    }

    @Test func `of a document its first page is drawn, and it stays as it came`() async throws {
        let pictures = try await Pictures()
        let made = try await pictures.made("page.pdf")
        #expect(made.kind == .file && made.content == nil && made.pages == 1 && made.thumbnails.count == 6)
        let seen = try await Pictures.look(at: try #require(made.thumbnails.last?.path))
        #expect(Self.isClose(seen["colours"]?[0], [220, 40, 40]), "\(seen)")
    }

    @Test(arguments: ["film.mp4", "film.webm"])
    func `a film becomes one that every browser plays, with a picture of it`(name: String) async throws {
        let pictures = try await Pictures()
        let film = try await pictures.made(name)
        #expect(film.kind == .video && film.width == 640 && film.height == 360 && film.thumbnails.count == 6)
        #expect((1900...2200).contains(film.durationMs ?? 0))
        let content = try #require(film.content)
        #expect(content.contentType == "video/mp4")
        let said = try await TestProcess.run(
            "ffprobe", ["-v", "error", "-show_streams", "-show_format", "-of", "json", content.path])
        #expect(said.contains("\"h264\"") && said.contains("\"aac\"") && said.contains("yuv420p"))
        #expect(!said.contains("secret note") && !said.contains("+52.5"))
    }

    @Test(arguments: ["sound.wav", "sound.mp3", "sound.ogg"])
    func `a sound becomes one that every browser plays, and shows how loud it is`(name: String) async throws {
        let sound = try await Pictures().made(name)
        #expect(sound.kind == .audio && sound.content?.contentType == "audio/mp4")
        #expect((1900...2200).contains(sound.durationMs ?? 0))
        let waveform = try #require(sound.waveform)
        #expect(waveform.count == 64 && waveform.max() == 100)
        // The second half has a quarter of the first's strength.
        let (first, second) = (waveform[4..<28].reduce(0, +) / 24, waveform[36..<60].reduce(0, +) / 24)
        #expect(first > 70 && (10...45).contains(second), "\(waveform)")
    }

    // MARK: -

    private static func isClose(_ colour: JSONValue?, _ wanted: [Int]) -> Bool {
        guard case .array(let parts)? = colour else { return false }
        return zip(parts, wanted).allSatisfy { abs(($0.integer ?? 1000) - $1) < 30 }
    }

    /// What the first four digits behind the head of a blurhash say.
    private static func meanColour(of blurhash: String) -> [Int] {
        let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~")
        let value = blurhash.dropFirst(2).prefix(4).reduce(0) { $0 * 83 + (alphabet.firstIndex(of: $1) ?? 0) }
        return [value >> 16, value >> 8 & 255, value & 255]
    }
}
