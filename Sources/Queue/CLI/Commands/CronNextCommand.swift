import JSON
import Queue
import Runtime

/// When something will run.
private struct Preview {
    let expression: CronExpression
    let zone: TimeZone
}

extension CronCommands {
    /// `yardctl cron next`
    static let next = Command(
        path: "cron next", summary: "show the next runs of an entry, or of any expression",
        parameters: [.init(name: "NAME", summary: "an entry, or an expression in quotes")],
        options: [
            .init(name: "zone", value: "ZONE", summary: "for an expression: in what place's time (default UTC)"),
            .init(name: "count", letter: "n", value: "COUNT", summary: "how many (default 20)"),
        ],
        examples: [("'30 2 * * *' --zone Europe/Berlin", "across the changes of the clock")]
    ) { invocation, session in
        let preview = try await preview(invocation, session)
        let runs = preview.expression.upcoming(
            try invocation.count("count", in: 1...1000) ?? 20, in: preview.zone)
        if invocation.wantsJSON {
            session.console.print([
                "description": .string("\(preview.expression)"), "runs": .array(runs.map { .time($0) }),
            ])
        } else {
            session.console.print("\(preview.expression)")
            for run in runs {
                let local = preview.zone.civil(at: run)
                session.console.print("  \(run.rfc3339)  \(clock(local))  \(Figures.relative(run))")
            }
            if runs.isEmpty { session.console.print("  never") }
        }
        return runs.isEmpty ? .finding : .clean
    }

    private static func preview(_ invocation: Invocation, _ session: Session) async throws -> Preview {
        var text = invocation.word("NAME")
        var zone = invocation.option("zone") ?? "UTC"
        if !text.contains(" ") && !text.hasPrefix("@") {
            let entry = try await session.entry(named: text)
            (text, zone) = (entry.expression, entry.zone)
        }
        do { return Preview(expression: try CronExpression(text), zone: try TimeZone(zone)) } catch {
            throw UsageError("\(error)", command: invocation.command)
        }
    }

    private static func clock(_ time: CivilTime) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let day = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][time.weekday]
        return "\(day) \(two(time.hour)):\(two(time.minute)):\(two(time.second)) there"
    }
}
