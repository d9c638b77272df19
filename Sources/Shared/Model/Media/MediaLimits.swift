import Postgres
import Runtime

/// How much people may send.
package struct MediaLimits: ConfigGroup {
    /// For everybody; what the plan says may be less.
    let fileBytes: Int?
    /// Nil: all. `image/*` stands for many.
    let types: [String]?

    package init(from reader: inout ConfigReader) {
        fileBytes = reader.readIfSet("MAX_FILE_SIZE", .bytes(in: 1...(5 << 30)))
        types = reader.readIfSet("ALLOWED_FILE_TYPES", .list(of: .text))
    }

    package init(fileBytes: Int? = nil, types: [String]? = nil) {
        self.fileBytes = fileBytes
        self.types = types
    }

    func allows(contentType: String) -> Bool {
        guard let types else { return true }
        return types.contains { allowed in
            allowed == "*/*" || allowed == contentType
                || allowed.hasSuffix("/*") && contentType.hasPrefix(allowed.dropLast())
        }
    }
}

/// How much one person may send: so large a file, and so much in all.
package struct MediaAllowance: Sendable, Equatable {
    package let fileBytes: Int
    package let totalBytes: Int

    func limited(by limits: MediaLimits) -> MediaAllowance {
        MediaAllowance(fileBytes: min(fileBytes, limits.fileBytes ?? .max), totalBytes: totalBytes)
    }
}

/// What of it is used.
package struct MediaQuota: Sendable {
    package let allowance: MediaAllowance
    package let usedBytes: Int
}

extension MediaLibrary {
    /// What the person's plan says. Who has less than before keeps what they have.
    package func allowance(of user: SignedInUser) async throws -> MediaAllowance {
        let file = try await plans.limit("files.bytes", of: user.id)
        let total = try await plans.limit("storage.bytes", of: user.id)
        return MediaAllowance(fileBytes: Int(file ?? .max), totalBytes: Int(total ?? .max)).limited(by: limits)
    }

    package func quota(of user: SignedInUser) async throws -> MediaQuota {
        let used = try await Media.bytes(of: user.id, on: database)
        return MediaQuota(allowance: try await allowance(of: user), usedBytes: used)
    }
}
