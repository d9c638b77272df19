import APIFrame
import HTTP
import Model
import Queue
import Runtime

/// What is due by the calendar.
struct CronAdminRoutes: Sendable {
    let desk: AdminDesk

    var routes: [APIRoute] {
        [
            .get("/admin/cron", "List the cron entries", access: .admin, list),
            .get("/admin/cron/{name}", "Show an entry and its next runs", access: .admin, show),
            .get(
                "/admin/cron/{name}/history", "List what became of its planned runs, the newest first", access: .admin,
                details: "Skipped runs too, each with its reason.", history),
            .post(
                "/admin/cron/{name}/run", "Run an entry now, besides its planned runs", access: .admin,
                errors: [.conflict],
                details: "Within a second, and once, however many ask before it runs.", run),
            .post(
                "/admin/cron/{name}/pause", "Skip the runs of an entry", access: .admin, errors: [.conflict], pause),
            .post("/admin/cron/{name}/resume", "Run an entry again", access: .admin, errors: [.conflict], resume),
            .post(
                "/admin/cron/{name}/reset", "Plan an entry anew from now on", access: .admin, errors: [.conflict],
                details: "For one that was planned far ahead by a clock that was wrong.", reset),
        ]
    }

    private func list(_ input: NoInput, _ call: Call) async throws -> Page<CronListing> {
        Page(try await desk.board.entries())
    }

    private func show(_ input: CronPath, _ call: Call) async throws -> ShownCron {
        let entry = try await entry(input.name)
        let isRunning = !entry.isPaused && entry.withdrawnAt == nil
        return ShownCron(entry: entry, upcoming: isRunning ? (try? entry.upcoming(10)) ?? [] : [])
    }

    private func history(_ input: CronHistoryInput, _ call: Call) async throws -> Page<CronOccurrence> {
        _ = try await entry(input.name)
        return try await call.page(input.page, Timestamp.self, { $0.planned }) { before, limit in
            try await desk.board.occurrences(of: input.name, before: before, limit: limit)
        }
    }

    // MARK: Acts

    private func run(_ input: CronPath, _ call: Call) async throws -> CronListing {
        try await change(input.name) { try await $0.runNow($1) }
    }

    private func pause(_ input: CronPath, _ call: Call) async throws -> CronListing {
        try await change(input.name) { try await $0.pause($1) }
    }

    private func resume(_ input: CronPath, _ call: Call) async throws -> CronListing {
        try await change(input.name) { try await $0.resume($1) }
    }

    private func reset(_ input: CronPath, _ call: Call) async throws -> CronListing {
        try await change(input.name) { try await $0.reset($1) }
    }

    private func change(_ name: String, _ body: (CronBoard, String) async throws -> Bool) async throws -> CronListing {
        _ = try await entry(name)
        guard try await body(desk.board, name) else {
            throw Problem(.conflict, "No scheduler declares this entry any more")
        }
        return try await entry(name)
    }

    private func entry(_ name: String) async throws -> CronListing {
        guard let entry = try await desk.board.entries().first(where: { $0.name == name }) else {
            throw Problem(.notFound, "There is no such entry")
        }
        return entry
    }
}

struct CronPath: RouteInput {
    let name: String
    init(from input: inout InputReader) { name = input.path("name", .text(1...200)) }
}

struct CronHistoryInput: RouteInput {
    let name: String
    let page: PageRequest

    init(from input: inout InputReader) {
        name = input.path("name", .text(1...200))
        page = input.page()
    }
}

extension CronListing: Representable {
    package static let representation = Representation<CronListing>(
        "CronEntry", "What is due by the calendar.",
        [
            .member("name") { $0.name },
            .member("kind", "Of the job that it enqueues.") { $0.kind },
            .member("queue") { $0.queue },
            .member("expression") { $0.expression },
            .member("zone") { $0.zone },
            .member("missed", "What becomes of runs that nobody could start in time.") { $0.missed },
            .member("paused") { $0.isPaused },
            .member("nextAt") { $0.isPaused || $0.withdrawnAt != nil ? nil : $0.next },
            .member("lastPlannedAt") { $0.lastPlanned },
            .member("lastJobId") { $0.lastJob },
            .member("runRequestedAt", "Somebody wants a run besides the planned ones.") { $0.runRequestedAt },
            .member("withdrawnAt", "Since when no scheduler declares it.") { $0.withdrawnAt },
        ])
}

/// An entry and its next runs.
struct ShownCron: Representable {
    let entry: CronListing
    let upcoming: [Timestamp]

    static let representation = Representation<ShownCron>(
        "CronPlan", "An entry and its next runs.",
        [.member("entry") { $0.entry }, .member("upcoming") { $0.upcoming }])
}

extension CronOccurrence: Representable {
    package static let representation = Representation<CronOccurrence>(
        "CronOccurrence", "What became of one planned moment.",
        [
            .member("plannedAt") { $0.planned },
            .member("jobId", "Null when it was skipped.") { $0.job },
            .member("manual", "Somebody asked for it.") { $0.isManual },
            .member("reason", "Why it was skipped: policy, replaced, too_old, over_limit, paused.") { $0.reason },
            .member("explanation", "The same for people.") { $0.explanation },
            .member("throughAt", "Up to which moment the same holds.") { $0.through },
            .member("replacedBy", "The run that made up for it.") { $0.replacedBy },
            .member("recordedAt") { $0.recordedAt },
        ])
}
