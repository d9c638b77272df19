import Crypto
import JSON
import Runtime

extension NewMessage {
    /// What tells whether two messages under one client id are the same.
    var digest: [UInt8] {
        let parts = [
            content.kind, content.text, content.metadataText ?? "", replyTo?.description ?? "",
            threadRoot?.description ?? "",
        ]
        // With their lengths, so that no part can pass for the end of another.
        let whole = parts.map { "\($0.utf8.count):\($0)" }.joined()
        return Array(Hash.sha256(whole).prefix(16))
    }
}

extension MessageContent {
    /// As it is stored. Members are in the order of their names, so equal contents have equal texts.
    var metadataText: String? { metadata.flatMap { try? JSONCoder.text($0) } }
}
