import BenchSupport
import Runtime

/// A line for each thing that is measured, in a file of its own.
func measureMedia() async throws {
    var figures = Figures()
    try await measureThumbnails(into: &figures)
    figures.print()
}
