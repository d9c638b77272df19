// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .treatAllWarnings(as: .error),
]

/// Our Swift code: the folder, and what it may import. The compiler refuses every other import.
func module(
    _ name: String, at path: String, _ dependencies: [Target.Dependency], exclude: [String] = [],
    resources: [Resource] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: path, exclude: exclude, resources: resources,
        swiftSettings: settings)
}

/// A process of the Procfile, or a tool.
func process(_ name: String, at path: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: path, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, path: "Tests/\(name)", exclude: exclude, swiftSettings: settings)
}

let plumbing: [Target.Dependency] = ["Runtime", "JSON", "Redis", "Postgres", "Crypto"]

let package = Package(
    name: "switchyard",
    targets: [
        // C libraries. Their macros and variadic functions are wrapped in the headers beside the module maps.
        .target(name: "CSystem", path: "Sources/Shared/CSystem"),
        .systemLibrary(
            name: "CPostgres", path: "Sources/Shared/CPostgres", pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"])]),
        // hiredis' pkg-config file holds a flag that SwiftPM prohibits, so the module map names the library.
        .systemLibrary(
            name: "CHiredis", path: "Sources/Shared/CHiredis",
            providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(
            name: "CCurl", path: "Sources/Shared/CCurl", pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(
            name: "COpenSSL", path: "Sources/Shared/COpenSSL", pkgConfig: "openssl",
            providers: [.apt(["libssl-dev"])]),
        .systemLibrary(
            name: "CZlib", path: "Sources/Shared/CZlib", pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(
            name: "CQRencode", path: "Sources/Shared/CQRencode", pkgConfig: "libqrencode",
            providers: [.apt(["libqrencode-dev"])]),
        .systemLibrary(
            name: "CArgon2", path: "Sources/Shared/CArgon2", pkgConfig: "libargon2",
            providers: [.apt(["libargon2-dev"])]),
        // vips' pkg-config file holds a flag that SwiftPM prohibits, so the module map names the libraries.
        .systemLibrary(name: "CVips", path: "Sources/Shared/CVips", providers: [.apt(["libvips-dev"])]),
        .target(name: "CSandbox", path: "Sources/Shared/CSandbox"),
        .target(name: "CPixels", path: "Sources/Shared/CPixels"),

        // Plumbing: knows no noun of the product.
        module("Runtime", at: "Sources/Shared/Runtime", ["CSystem", "COpenSSL"]),
        module("JSON", at: "Sources/Shared/JSON", ["Runtime"]),
        module("Redis", at: "Sources/Shared/Redis", ["Runtime", "CHiredis"]),
        module("Postgres", at: "Sources/Shared/Postgres", ["Runtime", "CPostgres"]),
        module("Crypto", at: "Sources/Shared/Crypto", ["Runtime", "COpenSSL", "CArgon2"]),
        module(
            "HTTP", at: "Sources/Shared/HTTP", ["Runtime", "JSON", "Crypto", "CCurl", "CZlib"],
            resources: [.embedInCode("Routing/Document/Page")]),

        module("QRCodes", at: "Sources/Shared/QRCodes", ["CQRencode"]),

        // The job platform.
        module(
            "Queue", at: "Sources/Queue", plumbing, exclude: ["Bench", "CLI", "Testing"],
            resources: [.embedInCode("Migrations")]),
        module("QueueTesting", at: "Sources/Queue/Testing", plumbing + ["Queue"]),
        module("QueueBench", at: "Sources/Queue/Bench", plumbing + ["Queue"]),
        process("yardctl", at: "Sources/Queue/CLI", plumbing + ["HTTP", "Queue", "QueueBench", "Model", "QRCodes"]),

        // The product: a folder for each noun, with its values, statements, actions and kinds of jobs.
        module(
            "Model", at: "Sources/Shared/Model", plumbing + ["HTTP", "Queue"],
            resources: [.embedInCode("Migrations"), .embedInCode("Texts/Phrases")]),

        // What every route of the API stands in.
        module("APIFrame", at: "Sources/API/Frame", plumbing + ["Queue", "HTTP", "Model"]),

        module(
            "APIRoutes", at: "Sources/API", plumbing + ["Queue", "HTTP", "Model", "APIFrame", "QRCodes"],
            exclude: ["Frame", "Process"], resources: [.embedInCode("Dashboard/Page")]),

        // The processes of the Procfile.
        process("api", at: "Sources/API/Process", plumbing + ["Queue", "HTTP", "Model", "APIFrame", "APIRoutes"]),
        process("scheduler", at: "Sources/Scheduler", plumbing + ["Queue", "HTTP", "Model"]),
        module(
            "FanoutHandlers", at: "Sources/Workers/Fanout", plumbing + ["Queue", "HTTP", "Model"], exclude: ["Process"]),
        process(
            "worker-fanout", at: "Sources/Workers/Fanout/Process",
            plumbing + ["Queue", "HTTP", "Model", "FanoutHandlers"]),
        module(
            "PushHandlers", at: "Sources/Workers/Push", plumbing + ["Queue", "HTTP", "Model"], exclude: ["Process"]),
        process(
            "worker-push", at: "Sources/Workers/Push/Process",
            plumbing + ["Queue", "HTTP", "Model", "PushHandlers"]),
        module(
            "EmailHandlers", at: "Sources/Workers/Email", plumbing + ["Queue", "HTTP", "Model"], exclude: ["Process"]),
        process(
            "worker-email", at: "Sources/Workers/Email/Process",
            plumbing + ["Queue", "HTTP", "Model", "EmailHandlers"]),
        module(
            "MediaHandlers", at: "Sources/Workers/Media", plumbing + ["Queue", "HTTP", "Model", "CSandbox"],
            exclude: ["Process", "Processing"]),
        // What runs in the children of the media worker.
        module(
            "MediaProcessing", at: "Sources/Workers/Media/Processing",
            ["Runtime", "JSON", "Model", "CVips", "CSandbox", "CPixels"]),
        process(
            "worker-media", at: "Sources/Workers/Media/Process",
            plumbing + ["Queue", "HTTP", "Model", "MediaHandlers", "MediaProcessing"]),
        module(
            "PaymentHandlers", at: "Sources/Workers/Payments", plumbing + ["Queue", "HTTP", "Model"],
            exclude: ["Process"]),
        process(
            "worker-payments", at: "Sources/Workers/Payments/Process",
            plumbing + ["Queue", "HTTP", "Model", "PaymentHandlers"]),
        module(
            "MaintenanceHandlers", at: "Sources/Workers/Maintenance", plumbing + ["Queue", "HTTP", "Model"],
            exclude: ["Process"]),
        process(
            "worker-maintenance", at: "Sources/Workers/Maintenance/Process",
            plumbing + ["Queue", "HTTP", "Model", "MaintenanceHandlers"]),

        // Benchmarks: `make bench`.
        module("BenchSupport", at: "bench/support", ["Runtime"]),
        process("bench-runtime", at: "bench/runtime", plumbing + ["BenchSupport"]),
        process("bench-http", at: "bench/http", ["Runtime", "BenchSupport"]),
        process(
            "bench-http-server", at: "bench/http-server", plumbing + ["Queue", "HTTP", "Model", "APIFrame"]),
        module(
            "PaymentSimulation", at: "bench/payment-simulator", ["Runtime", "JSON", "Crypto", "HTTP", "Model"],
            exclude: ["Process"]),
        process("payment-simulator", at: "bench/payment-simulator/Process", ["Runtime", "HTTP", "PaymentSimulation"]),
        process("bench-chat", at: "bench/chat", ["Runtime", "BenchSupport"]),
        process(
            "bench-payments", at: "bench/payments",
            plumbing + ["BenchSupport", "Queue", "HTTP", "Model", "PaymentSimulation"]),
        process(
            "bench-media", at: "bench/media",
            plumbing + ["BenchSupport", "Queue", "HTTP", "Model", "MediaHandlers"]),
        process("bench-queue", at: "bench/queue", plumbing + ["BenchSupport", "HTTP", "Queue", "QueueBench"]),

        // Tests. TestSupport starts servers, isolates tests, waits for conditions; nothing else.
        module("TestSupport", at: "Tests/TestSupport", plumbing),
        process("scheduler-probe", at: "Tests/SchedulerProbe", plumbing + ["Queue"]),
        process("worker-probe", at: "Tests/WorkerProbe", plumbing + ["Queue"]),
        tests("HouseTests", ["TestSupport"]),
        tests("RuntimeTests", ["TestSupport", "Runtime"]),
        tests("JSONTests", ["TestSupport", "Runtime", "JSON"]),
        tests("RedisTests", ["TestSupport", "Runtime", "Redis", "COpenSSL"]),
        tests("PostgresTests", ["TestSupport", "Runtime", "Postgres"]),
        // A worker that tests kill, stop and cut off.
        process("queue-test-worker", at: "Tests/QueueTestWorker", plumbing + ["Queue", "QueueTesting"]),
        tests("QueueTests", ["TestSupport", "Queue", "QueueTesting", "queue-test-worker"] + plumbing),
        tests("YardctlTests", ["TestSupport", "Queue", "Model", "yardctl"] + plumbing),
        tests("CryptoTests", ["TestSupport", "Runtime", "Crypto"]),
        tests(
            "ModelTests",
            [
                "TestSupport", "Model", "MaintenanceHandlers", "EmailHandlers", "FanoutHandlers", "PushHandlers",
                "MediaHandlers", "worker-media", "Queue", "QueueTesting", "HTTP",
            ] + plumbing,
            exclude: ["Peers"]),
        tests(
            "PaymentTests",
            [
                "TestSupport", "Queue", "QueueTesting", "HTTP", "Model", "APIFrame", "APIRoutes", "PaymentHandlers",
                "PaymentSimulation", "QRCodes",
            ] + plumbing),
        tests("HTTPTests", ["TestSupport", "Runtime", "JSON", "HTTP", "Crypto"], exclude: ["Peers"]),
        tests(
            "APITests", ["TestSupport", "Queue", "HTTP", "Model", "APIFrame", "APIRoutes"] + plumbing,
            exclude: ["Peers"]),
        tests(
            "EndToEndTests", ["TestSupport", "HTTP"] + plumbing,
            exclude: ["Chat/Peers", "Dashboard/Peers", "Post/Peers", "Operations/Peers"]),
    ],
    swiftLanguageModes: [.v6]
)

// `make fuzz` builds it apart, instrumented, and without the tests.
if Context.environment["SWITCHYARD_FUZZ"] != nil {
    package.targets.removeAll { $0.path?.hasPrefix("Tests/") == true }
    package.targets += [
        .systemLibrary(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
        .executableTarget(
            name: "fuzz-http", dependencies: ["HTTP", "CFuzzer"], path: "Tests/Fuzz",
            exclude: ["CFuzzer", "Corpus", "http.dict"], swiftSettings: settings),
    ]
}

// `make sanitize` builds the unit tests apart, twice, and of the rest only what they stand on: instrumented code is slow.
if Context.environment["SWITCHYARD_SANITIZE"] != nil {
    let suites = ["RuntimeTests", "JSONTests", "CryptoTests", "HTTPTests", "RedisTests", "PostgresTests"]
    let others = [
        "bench/", "Sources/API", "Sources/Workers", "Sources/Scheduler", "Sources/Queue", "Sources/Shared/Model",
    ]
    package.targets.removeAll { target in
        guard let path = target.path else { return false }
        if path.hasPrefix("Tests/") { return !suites.contains(target.name) && target.name != "TestSupport" }
        return others.contains { path.hasPrefix($0) }
    }
}

// The toolchain has no Testing library for the static runtime, so `make build` leaves the tests out.
if Context.environment["SWITCHYARD_RELEASE"] != nil {
    package.targets.removeAll { $0.path?.hasPrefix("Tests/") == true }
}
