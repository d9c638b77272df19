import Runtime

/// Where files are kept.
package struct StorageConfig: ConfigGroup {
    /// For files that are being made; for all of them where they are kept on disk.
    package let folder: String

    package init(from reader: inout ConfigReader) {
        folder = reader.read("STORAGE_PATH", .text, default: ".data/files")
    }

    package init(folder: String) { self.folder = folder }
}
