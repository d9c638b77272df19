import BenchSupport
import Glibc
import Model
import Queue
import Runtime

extension PostOffice {
    private static let mails = 20_000

    /// Durable jobs, each read, written and handed to Postfix' smtp-sink.
    func measureMails(into figures: inout Figures) async throws {
        let jobs = (0..<Self.mails).map { number in
            SendSecurityNotice(user: members[number % members.count].user, event: .passwordChanged, at: .now)
        }
        try await durable.enqueueAll(jobs)
        let sink = try WebProcess(
            "smtp-sink", "PATH=$PATH:/usr/sbin exec smtp-sink -u nobody 127.0.0.1:PORT 100", folder: folder,
            readyPath: nil)
        // Not in the command, where the name would be taken for the place of a port.
        setenv("SMTP_PORT", "\(sink.port)", 1)
        let variables = "SMTP_HOST=127.0.0.1 SMTP_SECURITY=plain"
        let (rate, cpu) = try await rate(of: SendSecurityNotice.kind) {
            try WebProcess(
                "worker-email", "exec env \(variables) METRICS_LISTEN=127.0.0.1:PORT \(Self.ownFolder)/worker-email",
                folder: folder, readyPath: "/readyz")
        }
        figures.add("mailsPerSecond", rate, digits: 0, "durable jobs of one worker, to smtp-sink; at least 1,000")
        figures.add("cpuUsPerMail", cpu, digits: 1, "of the worker")
    }
}
