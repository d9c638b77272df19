import Crypto
import HTTP
import Runtime

/// Where files lie: a folder, or a server that speaks S3. A name stands for one content for good, except those of parts.
package protocol FileStore: Sendable {
    /// Takes a finished file of this machine, which is gone then or may go. Whoever finds the name finds all of it.
    func put(_ path: String, as name: StoredName) async throws
    /// Makes a file of this machine of it.
    func fetch(_ name: StoredName, to path: String) async throws
    /// What is not there is removed already.
    func remove(_ name: StoredName) async throws
    /// What to answer to whoever may read it.
    func body(of name: StoredName, bytes: Int) -> Response.Body
    /// Where whoever may read it finds it by themselves for a while; nil where that is not offered.
    func link(to name: StoredName, _ presentation: Presentation, at now: Timestamp) -> String?
    /// Parts of which nobody knows, since whoever stored them was killed just then.
    func pruneParts(before end: Timestamp) async throws
    func shutDown() async
}

extension FileStore {
    /// A server does so by a rule of its own.
    package func pruneParts(before end: Timestamp) async throws {}
}

/// The name of a file in storage: letters, digits, dashes and slashes.
package struct StoredName: Sendable, Hashable, CustomStringConvertible {
    package let description: String

    /// Spread over folders, so that none holds millions.
    package init(digest: [UInt8]) {
        let hex = Hex.encode(digest)
        description = "files/\(hex.prefix(2))/\(hex.dropFirst(2).prefix(2))/\(hex)"
    }

    /// A part of a file that is still coming.
    package init(part text: String) { description = "parts/\(text)" }
}

/// How a file shows itself to a browser.
package struct Presentation: Sendable {
    package let contentType: String
    /// `inline`, or `attachment` with the name.
    package let disposition: String

    package init(contentType: String, disposition: String) {
        self.contentType = contentType
        self.disposition = disposition
    }
}

/// Something is not in storage that should be.
package struct NotStored: Error {
    package let name: StoredName
}
