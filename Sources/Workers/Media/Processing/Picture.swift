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

    func smaller(_ size: Int) throws -> Picture { try Picture(lend { cvips_smaller($0, Int32(size)) }) }

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

    func writeJPEG(_ path: String, quality: Int32 = 82) throws {
        try flat().write { cvips_save_jpeg($0, path, quality) }
    }

    func writeWebP(_ path: String, quality: Int32 = 78, effort: Int32 = 2) throws {
        try write { cvips_save_webp($0, path, quality, effort) }
        try WebPFile.removeNotes(path)
    }

    func writePNG(_ path: String) throws { try write { cvips_save_png($0, path) } }
    func writeGIF(_ path: String) throws { try write { cvips_save_gif($0, path) } }

    private func write(_ save: (OpaquePointer) -> Int32) throws { guard lend(save) == 0 else { throw Failure() } }
}
