import BenchSupport
import Runtime

/// A line for each thing that is measured, in a file of its own; or only the parts that are named as arguments: `thumbnails`,
/// `pushes`, `mails`.
func measureMedia() async throws {
    var figures = Figures()
    let wanted = Set(CommandLine.arguments.dropFirst())
    func wants(_ part: String) -> Bool { wanted.isEmpty || wanted.contains(part) }
    if wants("thumbnails") { try await measureThumbnails(into: &figures) }
    if wants("pushes") || wants("mails") {
        let post = try await PostOffice.open()
        if wants("pushes") { try await post.measurePushes(into: &figures) }
        if wants("mails") { try await post.measureMails(into: &figures) }
        await post.close()
    }
    figures.print()
}
