/// Where the sources lie.
package enum Repository {
    /// The folder that holds Package.swift.
    package static var root: String {
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    }
}
