import APIFrame
import HTTP
import JSON
import Model
import Queue
import Redis
import Runtime

/// Single jobs: found, shown, brought forward, cancelled, deleted.
struct JobAdminRoutes: Sendable {
    let desk: AdminDesk

    var routes: [APIRoute] {
        [
            .get(
                "/admin/jobs", "List jobs by state", access: .admin,
                details: """
                    Of one queue, or of all, one after the other. Dead jobs are listed by `GET /admin/dead`. A filter that \
                    accepts little can make a page short, or empty, with a next one all the same.
                    """, list),
            .get(
                "/admin/jobs/{id}", "Show all that is known of a job", access: .admin,
                details: "Also of a dead one, and for a day of a tracked one that is done.", show),
            .post(
                "/admin/jobs/{id}/retry", "Run a job now that waits for its time", access: .admin, errors: [.conflict],
                retry),
            .post(
                "/admin/jobs/{id}/cancel", "Cancel a job, a running one too", access: .admin,
                details: "What a running one's handler has done by then stays done.", cancel),
            .delete(
                "/admin/jobs/{id}", "Take a job out that no worker runs", access: .admin, errors: [.conflict], delete),
            .post(
                "/admin/jobs/actions", "Do the same with many jobs", access: .admin,
                details: "An answer for each. `gone` are those that are not there any more.", act),
        ]
    }

    // MARK: Lists

    private func list(_ input: JobListInput, _ call: Call) async throws -> Page<InspectedJob> {
        var queues = await desk.queues.all()
        if let name = input.queue { queues = [try await desk.queue(name)] }
        var place: (String, String?)?
        if let cursor = input.page.cursor {
            let (queue, inner) = try call.place(of: cursor, as: (String, String).self)
            place = (queue, inner.isEmpty ? nil : inner)
        }
        var found: [InspectedJob] = []
        for queue in queues where place.map({ queue.name >= $0.0 }) ?? true {
            let page = try await page(
                of: queue, input, after: place?.0 == queue.name ? place?.1 : nil, input.page.limit - found.count)
            found += page.jobs
            if let next = page.next { return Page(found, nextCursor: call.cursor(after: queue.name, next)) }
            if found.count >= input.page.limit {
                let following = queues.first { $0.name > queue.name }
                return Page(found, nextCursor: following.map { call.cursor(after: $0.name, "") })
            }
        }
        return Page(found)
    }

    private func page(
        of queue: QueueName, _ input: JobListInput, after cursor: String?, _ limit: Int
    ) async throws -> JobPage {
        do {
            return try await WaitingJobs(queue, redis: desk.redis, prefix: desk.prefix, database: desk.database).page(
                input.state, JobFilter(kind: input.kind, key: input.key), after: cursor, limit: limit)
        } catch is BadCursor {
            throw Problem(.invalidCursor, "The cursor is not one of this list")
        }
    }

    // MARK: One

    private func show(_ input: JobPath, _ call: Call) async throws -> JobSheet {
        if let job = try await find(input) { return try await sheet(of: job) }
        if let ended = try await endedSheet(of: input) { return ended }
        throw Self.absent
    }

    private func find(_ input: JobPath) async throws -> LocatedJob? {
        let all = await desk.queues.all()
        var queue: QueueName?
        if let name = input.queue { queue = try await desk.queue(name) }
        switch try await desk.jobs.find(input.id, in: queue, among: { all }) {
        case .found(let job): return job
        case .absent: return nil
        }
    }

    private static var absent: Problem {
        Problem(.notFound, "There is no such job: done ones leave nothing behind")
    }

    private func sheet(of located: LocatedJob) async throws -> JobSheet {
        var sheet = JobSheet(id: located.id, queue: located.queue.name, state: located.state.rawValue)
        sheet.location = located
        guard let job = located.inspected else { return sheet }
        sheet.job = job
        sheet.kind = job.envelope.kind
        sheet.options = job.envelope.options
        sheet.failures = sheet.options.errors
        sheet.events = JobEvent.timeline(of: job.id, sheet.options, dueAt: job.dueAt)
        sheet.payload = try await RedactedPayload.read(of: job.envelope, on: desk.database)
        sheet.tracked = try await desk.durable.client.tracked(job.id, in: job.queue)
        let operations = JobOperations(redis: desk.redis, prefix: desk.prefix)
        sheet.isToBeCancelled = try await !operations.toBeCancelled(among: [job.id], in: job.queue).isEmpty
        return sheet
    }

    /// What a job that is in no queue any more has left to be read.
    private func endedSheet(of input: JobPath) async throws -> JobSheet? {
        var filter = DeadLetterFilter()
        filter.job = input.id
        filter.includesRetried = true
        if let letter = try await desk.letters.list(filter, limit: 1).first {
            return try await desk.letters.find(letter.id).map { try JobSheet($0) }
        }
        for queue in await desk.queues.all() {
            guard let tracked = try await desk.durable.client.tracked(input.id, in: queue) else { continue }
            var sheet = JobSheet(id: input.id, queue: queue.name, state: tracked.state)
            sheet.tracked = tracked
            return sheet
        }
        return nil
    }

    // MARK: Acts

    private func retry(_ input: JobPath, _ call: Call) async throws -> JobOutcomeAnswer {
        try await required(.retry, input)
    }

    private func cancel(_ input: JobPath, _ call: Call) async throws -> JobOutcomeAnswer {
        try await required(.cancel, input)
    }

    private func delete(_ input: JobPath, _ call: Call) async throws -> JobOutcomeAnswer {
        try await required(.delete, input)
    }

    private func required(_ act: JobAct, _ input: JobPath) async throws -> JobOutcomeAnswer {
        let answer = try await answer(act, input)
        if answer.outcome == .gone { throw Self.absent }
        guard answer.isDone else { throw Problem(.conflict, "The job is \(answer.outcome.rawValue)") }
        return answer
    }

    private func act(_ input: JobActsInput, _ call: Call) async throws -> Page<JobOutcomeAnswer> {
        try await call.keep([
            "action": .string(input.act.rawValue), "ids": .array(input.ids.map { .string("\($0)") }),
        ])
        var answers: [JobOutcomeAnswer] = []
        for id in input.ids { answers.append(try await answer(input.act, JobPath(id, in: input.queue))) }
        return Page(answers)
    }

    private func answer(_ act: JobAct, _ input: JobPath) async throws -> JobOutcomeAnswer {
        guard let job = try await find(input) else { return JobOutcomeAnswer(id: input.id, outcome: .gone) }
        let outcome: JobOutcomeAnswer.Outcome =
            switch act {
            case .retry: try await desk.jobs.move(job, to: .now) ? .ready : .notWaiting
            case .cancel: .init(try await desk.jobs.cancel(job, desk.durable))
            case .delete: .init(try await desk.jobs.delete(job, desk.durable))
            }
        return JobOutcomeAnswer(id: input.id, outcome: outcome)
    }
}

extension JobSheet {
    /// Of a dead job.
    init(_ details: DeadLetterDetails) throws {
        let letter = details.letter
        self.init(id: letter.job, queue: letter.queue, state: "dead")
        self.letter = letter
        kind = letter.kind
        failures = details.failures
        let view = EnvelopeView(RedisBytes(details.envelope))
        options = view?.options ?? EnvelopeOptions()
        events = JobEvent.timeline(of: letter.job, options, failures: details.failures)
        events.append(JobEvent(at: letter.diedAt, event: "died", text: "\(letter.errorType): \(letter.lastError)"))
        if let time = letter.retriedAt { events.append(JobEvent(at: time, event: "retried", text: nil)) }
        payload = view.map { RedactedPayload($0, stored: details.payload) } ?? RedactedPayload(remark: "cannot be read")
    }
}
