import Foundation
import TestSupport

/// Reads what was exported, as another program does.
enum Archive {
    /// The names of the files in a whole archive; throws for one that is not.
    static func names(of bytes: [UInt8]) async throws -> [String] {
        let folder = try ScratchFolder("archive")
        try Data(bytes).write(to: URL(filePath: folder.file("export.zip")))
        let script = """
            import json, sys, zipfile
            archive = zipfile.ZipFile(sys.argv[1])
            assert archive.testzip() is None
            for name in archive.namelist():
                json.loads(archive.read(name))
                print(name)
            """
        return try await TestProcess.run("/usr/bin/python3", ["-c", script, folder.file("export.zip")])
            .split(separator: "\n").map(String.init)
    }
}
