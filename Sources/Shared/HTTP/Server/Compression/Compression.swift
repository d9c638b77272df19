import Runtime

/// Whether packing an answer pays.
enum Compression {
    /// Smaller ones fit into a packet anyway.
    static let smallest = 1 << 10
    /// Larger ones hold a loop for too long: they go to a thread.
    static let mostOnLoop = 8 << 10
    static let largest = 64 << 20
    /// Of nine: three quarters of what the best saves, at a third of its time.
    static let level: Int32 = 4

    /// Whether the answer could be packed for somebody, so that caches must know.
    static func suits(_ response: Response, count: Int) -> Bool {
        guard count >= smallest, count <= largest, response.status != 206,
            response.headers["Content-Encoding"] == nil, let type = response.headers["Content-Type"]
        else { return false }
        return MediaType.isCompressible(type)
    }

    /// Whether the client takes gzip: it says so, or takes anything, and does not exclude it with `q=0`.
    static func isWelcome(_ accepted: String?) -> Bool {
        guard let accepted else { return false }
        var ofAny: Bool?
        for part in accepted.split(separator: ",") {
            let words = part.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            guard let name = words.first else { continue }
            let isTaken = !words.dropFirst().contains {
                $0.hasPrefix("q=0") && !$0.dropFirst(3).contains { "123456789".contains($0) }
            }
            if name == "gzip" || name == "x-gzip" { return isTaken }
            if name == "*" { ofAny = isTaken }
        }
        return ofAny ?? false
    }
}

extension HTTPHeaders {
    /// Caches must keep packed and plain apart.
    mutating func variesByEncoding() {
        let others = all("Vary").filter { !$0.lowercased().contains("accept-encoding") && $0 != "*" }
        guard !all("Vary").contains("*") else { return }
        self["Vary"] = (others + ["Accept-Encoding"]).joined(separator: ", ")
    }

    /// What the packed bytes are called: no more the same as the plain ones.
    mutating func bePacked() {
        self["Content-Encoding"] = "gzip"
        if let tag = self["ETag"].flatMap({ EntityTag(field: $0) }) {
            self["ETag"] = EntityTag(tag.opaque, isWeak: true).description
        }
    }
}
