/// What the media worker starts itself for once more, shut in: the first argument says it.
package enum ChildWork: String, Sendable {
    /// `type input folder content|thumbnails`
    case pictures = "--make-pictures"
    /// `seconds folder input program arguments…`
    case program = "--run-shut-in"

    /// How a child ends that could not even begin.
    package static let unable: Int32 = 70
}
