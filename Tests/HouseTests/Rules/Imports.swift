/// Who may import whom: the table of docs/architecture.md.
enum Imports {
    static let system: Set<String> = ["Glibc", "Synchronization", "FoundationEssentials"]
    private static let plumbing: Set<String> = ["Runtime", "JSON", "Redis", "Postgres", "Crypto", "HTTP"]

    /// The longest folder that a file lies in decides.
    private static let allowed: [(folder: String, modules: Set<String>)] = [
        ("Sources/Shared/Runtime", ["CSystem", "COpenSSL"]),
        ("Sources/Shared/JSON", ["Runtime"]),
        ("Sources/Shared/Redis", ["Runtime", "CHiredis"]),
        ("Sources/Shared/Postgres", ["Runtime", "CPostgres"]),
        ("Sources/Shared/Crypto", ["Runtime", "COpenSSL", "CArgon2"]),
        ("Sources/Shared/HTTP", ["Runtime", "JSON", "Crypto", "CCurl", "CZlib"]),
        ("Sources/Shared/QRCodes", ["CQRencode"]),
        ("Sources/Shared/Model", plumbing.union(["Queue"])),
        ("Sources/Queue", ["Runtime", "JSON", "Redis", "Postgres", "Crypto"]),
        ("Sources/Queue/Bench", ["Runtime", "JSON", "Redis", "Postgres", "Crypto", "Queue"]),
        ("Sources/Queue/Testing", ["Runtime", "JSON", "Redis", "Postgres", "Crypto", "Queue"]),
        ("Sources/Queue/CLI", plumbing.union(["Queue", "HTTP", "QueueBench", "Model", "QRCodes"])),
        ("Sources/API", plumbing.union(["Queue", "Model", "APIFrame"])),
        ("Sources/API/Payments", plumbing.union(["Queue", "Model", "APIFrame", "QRCodes"])),
        ("Sources/API/Frame", plumbing.union(["Queue", "Model"])),
        ("Sources/API/Process", plumbing.union(["Queue", "Model", "APIFrame", "APIRoutes"])),
        ("Sources/Scheduler", plumbing.union(["Queue", "Model"])),
        ("Sources/Workers", plumbing.union(["Queue", "Model"])),
        ("Sources/Workers/Email/Process", plumbing.union(["Queue", "Model", "EmailHandlers"])),
        ("Sources/Workers/Fanout/Process", plumbing.union(["Queue", "Model", "FanoutHandlers"])),
        ("Sources/Workers/Push/Process", plumbing.union(["Queue", "Model", "PushHandlers"])),
        ("Sources/Workers/Media", plumbing.union(["Queue", "Model", "CSandbox"])),
        ("Sources/Workers/Media/Processing", ["Runtime", "JSON", "Model", "CVips", "CSandbox", "CPixels"]),
        ("Sources/Workers/Media/Process", plumbing.union(["Queue", "Model", "MediaHandlers", "MediaProcessing"])),
        ("Sources/Workers/Payments/Process", plumbing.union(["Queue", "Model", "PaymentHandlers"])),
        ("Sources/Workers/Maintenance/Process", plumbing.union(["Queue", "Model", "MaintenanceHandlers"])),
    ]

    static func complaints(about file: SourceFile) -> [String] {
        let folder = allowed.filter { file.path.hasPrefix($0.folder + "/") }.max { $0.folder.count < $1.folder.count }
        guard let folder else { return ["\(file.path): no folder of the architecture"] }
        return file.code.enumerated().compactMap { index, line in
            guard let module = imported(by: line), !folder.modules.contains(module), !system.contains(module) else {
                return nil
            }
            return "\(file.path):\(index + 1): \(folder.folder) may not import \(module)"
        }
    }

    /// The module of `import M`, `@preconcurrency import M`, `package import struct M.Thing`.
    private static func imported(by line: String) -> String? {
        let words = line.split(separator: " ").drop { $0.hasPrefix("@") || access.contains(String($0)) }
        guard words.first == "import", let target = words.last else { return nil }
        return target.split(separator: ".").first.map(String.init)
    }

    private static let access: Set<String> = ["package", "internal", "private", "fileprivate", "public"]
}
