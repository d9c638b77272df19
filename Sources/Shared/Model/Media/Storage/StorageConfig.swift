import Runtime

/// Where files are kept.
package struct StorageConfig: ConfigGroup {
    private enum Kind: String, CaseIterable { case disk, s3 }

    /// For files that are being made; for all of them where they are kept on disk.
    package let folder: String
    /// Nil where they are kept on disk.
    package let server: S3Store.Place?
    /// Whether the server itself hands files out, by links that are good for a while.
    package let isRedirecting: Bool
    /// Of a host for files alone; nil: they come from where the API is.
    package let address: String?

    package init(from reader: inout ConfigReader) {
        folder = reader.read("STORAGE_PATH", .text, default: ".data/files")
        isRedirecting = reader.read("S3_REDIRECT", .bool, default: false)
        address = reader.readIfSet("MEDIA_URL", .webAddress)
        server = reader.read("STORAGE", .choice(Kind.disk), default: .disk) == .s3 ? Self.server(&reader) : nil
    }

    package init(folder: String, server: S3Store.Place? = nil) {
        self.folder = folder
        self.server = server
        isRedirecting = false
        address = nil
    }

    private static func server(_ reader: inout ConfigReader) -> S3Store.Place {
        let isEncrypted = reader.read("MINIO_USE_SSL", .bool, default: false)
        let signer = SigV4(
            accessKey: reader.require("MINIO_ACCESS_KEY", .text),
            secretKey: reader.require("MINIO_SECRET_KEY", .secret()),
            region: reader.read("S3_REGION", .text, default: "us-east-1"))
        return S3Store.Place(
            host: reader.require("MINIO_ENDPOINT", .text, example: "s3.example.org"),
            port: reader.readIfSet("MINIO_PORT", .int(in: 1...65535)),
            isEncrypted: isEncrypted, bucket: reader.require("MINIO_BUCKET", .text, example: "switchyard"),
            signer: signer)
    }
}
