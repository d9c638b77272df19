import BenchSupport
import Runtime

/// Pictures of a photograph of 12 megapixels, beside those that vipsthumbnail and Pillow make.
func measureThumbnails(into figures: inout Figures) async throws {}
