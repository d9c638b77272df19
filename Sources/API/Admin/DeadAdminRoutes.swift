import APIFrame
import HTTP
import JSON
import Model
import Queue
import Runtime

/// Dead letters: found, shown, retried, deleted.
struct DeadAdminRoutes: Sendable {
    let desk: AdminDesk

    var routes: [APIRoute] {
        [
            .get("/admin/dead", "List dead letters, the newest first", access: .admin, list),
            .get(
                "/admin/dead/count", "Count dead letters", access: .admin,
                details: "Exact, or 10,000 where there are as many or more and no group knows.", count),
            .get(
                "/admin/dead/groups", "List what failed alike, the latest first", access: .admin,
                details: "A fingerprint is the kind of job, the type of the error and the shape of its text.", groups),
            .get("/admin/dead/{id}", "Show a dead letter", access: .admin, show),
            .post(
                "/admin/dead/{id}/retry", "Give a dead job another chance", access: .admin,
                errors: [.conflict, .signInAgain],
                details: "It comes back as a durable job that was never tried.", retry),
            .delete(
                "/admin/dead/{id}", "Delete a dead letter for good", access: .admin, errors: [.signInAgain], delete),
            .create(
                "/admin/dead/operations", "Retry or delete many dead letters", access: .admin, errors: [.signInAgain],
                details: """
                    A scheduler does it, at the chosen rate, whatever becomes of the process that was asked. Only what \
                    was there at the beginning is taken.
                    """, begin),
            .get(
                "/admin/dead/operations", "List what was asked for many letters, the newest first", access: .admin,
                operations),
            .get("/admin/dead/operations/{id}", "Show how far it is", access: .admin, operation),
            .post(
                "/admin/dead/operations/{id}/cancel", "Stop it", access: .admin, errors: [.conflict],
                details: "What was done stays done.", cancel),
        ]
    }

    // MARK: Reading

    private func list(_ input: DeadListInput, _ call: Call) async throws -> Page<DeadLetter> {
        try await call.page(input.page, (Timestamp, Int64).self, { ($0.diedAt, $0.id) }) { after, limit in
            try await desk.letters.list(
                input.filter, after: after.map { DeadLetterCursor(diedAt: $0.0, id: $0.1) }, limit: limit)
        }
    }

    private func count(_ input: DeadFilterInput, _ call: Call) async throws -> LetterCount {
        let cap = 10_000
        let count = try await desk.letters.count(input.filter, cap: cap)
        return LetterCount(count: count, isExact: input.filter.isOfGroups || count < cap)
    }

    private func groups(_ input: DeadGroupsInput, _ call: Call) async throws -> Page<DeadLetterGroup> {
        var start: DeadLetterGroup.Cursor?
        if let cursor = input.page.cursor {
            let place = try call.place(of: cursor, as: (Timestamp, String, String).self)
            start = DeadLetterGroup.Cursor(lastAt: place.0, fingerprint: place.1, queue: place.2)
        }
        let found = try await desk.letters.groups(input.filter, after: start, limit: input.page.limit + 1)
        let page = Array(found.prefix(input.page.limit))
        let next = found.count > page.count ? page.last : nil
        return Page(page, nextCursor: next.map { call.cursor(after: $0.lastAt, $0.fingerprint, $0.queue) })
    }

    private func show(_ input: LetterPath, _ call: Call) async throws -> ShownLetter {
        guard let details = try await desk.letters.find(input.id) else { throw Self.absent }
        return ShownLetter(letter: details.letter, sheet: try JobSheet(details))
    }

    private static var absent: Problem { Problem(.notFound, "There is no such dead letter") }

    // MARK: One

    private func retry(_ input: LetterPath, _ call: Call) async throws -> NoContent {
        try call.demandSecondCheck()
        guard try await desk.letters.find(input.id) != nil else { throw Self.absent }
        guard try await desk.letters.retry([input.id]) == 1 else {
            throw Problem(.conflict, "It was retried already, or cannot be read")
        }
        return NoContent()
    }

    private func delete(_ input: LetterPath, _ call: Call) async throws -> NoContent {
        try call.demandSecondCheck()
        guard try await desk.letters.delete([input.id]) == 1 else { throw Self.absent }
        return NoContent()
    }

    // MARK: Many

    private func begin(
        _ input: LetterOperationInput, _ call: Call, _ transaction: JobTransaction
    ) async throws -> Created<LetterOperation> {
        try call.demandSecondCheck()
        let filter = input.filter.filter
        guard !filter.isOfAll || input.isAll else {
            throw Problem.invalid("all", .missing, "without a filter it is all of them: say so by `all`")
        }
        try await call.keep([
            "action": .string(input.action.rawValue),
            "filter": try JSONCoder.decode(JSONValue.self, from: try JSONCoder.encode(filter)),
        ])
        return Created(
            try await desk.operations.begin(
                input.action, filter, perSecond: input.perSecond, by: "user \(try call.user)", letters: desk.letters,
                on: transaction))
    }

    private func operations(_ input: PageInput, _ call: Call) async throws -> Page<LetterOperation> {
        try await call.page(input.page, LetterOperation.Identity.self, { $0.id }) { before, limit in
            try await desk.operations.list(before: before, limit: limit)
        }
    }

    private func operation(_ input: LetterOperationPath, _ call: Call) async throws -> LetterOperation {
        guard let operation = try await desk.operations.find(input.id) else {
            throw Problem(.notFound, "There is no such operation")
        }
        return operation
    }

    private func cancel(_ input: LetterOperationPath, _ call: Call) async throws -> LetterOperation {
        _ = try await operation(input, call)
        guard try await desk.operations.cancel(input.id) else { throw Problem(.conflict, "It has ended already") }
        return try await operation(input, call)
    }
}
