/// What the media worker starts itself for once more, shut in: the first argument says it.
package enum ChildWork: String, Sendable {
    /// `type input folder content|thumbnails`
    case pictures = "--make-pictures"
    /// No arguments: it gets ready, and makes a copy of itself for each file that it is told of.
    case template = "--make-pictures-of-each"
    /// `seconds folder input program arguments…`
    case program = "--run-shut-in"

    /// How a child ends that could not even begin.
    package static let unable: Int32 = 70

    /// Several in one message, and back.
    package static func bytes(_ strings: [String]) -> [UInt8] { Array(strings.joined(separator: "\0").utf8) }
    package static func strings(_ bytes: some Collection<UInt8>) -> [String] {
        bytes.split(separator: 0, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    }
}

extension FileType {
    /// Whether libvips reads it by a part of itself that is loaded when it is needed.
    package var needsModules: Bool { self == .heif || self == .pdf }
}
