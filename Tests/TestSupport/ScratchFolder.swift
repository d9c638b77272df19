import Foundation

/// A folder below the one of this run (`SWITCHYARD_TEST_DIR`), removed with this value, and at the latest with the run.
package final class ScratchFolder: Sendable {
    package let path: String

    package init(_ name: String) throws {
        path = "\(try Environment.required("SWITCHYARD_TEST_DIR"))/\(name)-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    package func file(_ name: String) -> String {
        "\(path)/\(name)"
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}
