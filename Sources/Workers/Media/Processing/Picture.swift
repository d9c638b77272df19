import CPixels
import CVips

/// An image of libvips, let go with this value.
final class Picture {
    private let handle: OpaquePointer

    /// What libvips cannot do.
    struct Failure: Error {
        let text: String

        init() { text = String(String(cString: vips_error_buffer()).prefix(300)) }
    }

    private init(_ handle: OpaquePointer?) throws {
        guard let handle else { throw Failure() }
        self.handle = handle
    }

    deinit { g_object_unref(UnsafeMutableRawPointer(handle)) }

    /// Only the header is read. `options` are those of the loader.
    convenience init(header path: String, options: String = "") throws { try self.init(cvips_open(path + options)) }

    /// Turned as the camera was held, in sRGB, never larger than it is.
    convenience init(thumbnailOf path: String, options: String = "", size: Int, hasProfile: Bool) throws {
        let shrunk = try Picture(cvips_thumbnail(path + options, Int32(size), hasProfile ? 1 : 0))
        try self.init(shrunk.lend(cvips_srgb))
    }

    /// The handle is good until the call has ended.
    private func lend<Value>(_ use: (OpaquePointer) -> Value) -> Value { withExtendedLifetime(self) { use(handle) } }

    var width: Int { Int(lend(vips_image_get_width)) }
    /// Of all pages below each other.
    var height: Int { Int(lend(vips_image_get_height)) }
    var pageHeight: Int { Int(lend(vips_image_get_page_height)) }
    /// In the file, of which only some may be read.
    var pages: Int { Int(lend(vips_image_get_n_pages)) }
    var bands: Int { Int(lend(vips_image_get_bands)) }
    var hasAlpha: Bool { lend(vips_image_hasalpha) != 0 }
    var hasProfile: Bool { lend(cvips_has_profile) != 0 }
    var pixels: Int { width * height }

    /// Read once, to be used several times.
    func inMemory() throws -> Picture { try Picture(lend(vips_image_copy_memory)) }

    /// As when it is made of a file, of what was read of it.
    func thumbnail(_ size: Int, hasProfile: Bool) throws -> Picture {
        let shrunk = try Picture(lend { cvips_thumbnail_image($0, Int32(size), hasProfile ? 1 : 0) })
        return try Picture(shrunk.lend(cvips_srgb))
    }

    func smaller(_ size: Int) throws -> Picture {
        if max(width, height) <= size { return self }
        return try reduced(to: size) ?? Picture(lend { cvips_smaller($0, Int32(size)) })
    }

    /// The common case, for which we have a way of our own that is faster: nil for all that is not in memory as red, green and
    /// blue. Colours and the way the camera was held are left as they are.
    func reduced(to size: Int) throws -> Picture? {
        guard max(width, height) > size, lend(cvips_is_plain) != 0, let pixels = lend(vips_image_get_data) else {
            return nil
        }
        let scale = Double(size) / Double(max(width, height))
        let sides = [width, height].map { max(1, Int((Double($0) * scale).rounded())) }
        let small = try Picture(lend { cvips_room(Int32(sides[0]), Int32(sides[1]), $0) })
        guard let room = small.lend(vips_image_get_data) else { throw Failure() }
        // Both images live until the call has ended.
        let failed = withExtendedLifetime((self, small)) {
            cpixels_reduce(
                pixels.assumingMemoryBound(to: UInt8.self), width, height,
                UnsafeMutableRawPointer(mutating: room).assumingMemoryBound(to: UInt8.self), sides[0], sides[1])
        }
        return failed == 0 ? small : nil
    }

    /// Nothing is left to be turned or converted.
    var isFinished: Bool { lend(cvips_is_plain) != 0 && !hasProfile && lend(vips_image_get_orientation) == 1 }

    /// On white where it is transparent.
    func flat() throws -> Picture { hasAlpha ? try Picture(lend(cvips_flat)) : self }

    /// All its pixels, row by row.
    func bytes() throws -> [UInt8] {
        var count = 0
        guard let memory = lend({ vips_image_write_to_memory($0, &count) }) else { throw Failure() }
        defer { g_free(memory) }
        return [UInt8](UnsafeRawBufferPointer(start: memory, count: count))
    }

    // MARK: Written without what was noted in the original

    /// Packed tight it is a twentieth smaller, for twice the work.
    func writeJPEG(_ path: String, quality: Int32, packsTight: Bool = false) throws {
        try flat().write { cvips_save_jpeg($0, path, quality, packsTight ? 1 : 0) }
    }

    func writeWebP(_ path: String, quality: Int32, effort: Int32 = 2) throws {
        try write { cvips_save_webp($0, path, quality, effort) }
        try WebPFile.removeNotes(path)
    }

    func writePNG(_ path: String) throws { try write { cvips_save_png($0, path) } }
    func writeGIF(_ path: String) throws { try write { cvips_save_gif($0, path) } }

    private func write(_ save: (OpaquePointer) -> Int32) throws { guard lend(save) == 0 else { throw Failure() } }
}
