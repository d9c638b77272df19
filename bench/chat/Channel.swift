import BenchSupport
import Runtime

/// A channel to which the whole crowd has subscribed, and many who are not there.
struct Channel {
    /// Who posts in it.
    let author: Crowd.Person

    private static let id = "01900000-0000-7000-8000-000000000001"

    /// Written as rows: a hundred thousand people who join one by one would take longer than what is measured.
    init(subscribers: Int, of crowd: Crowd) throws {
        guard let first = crowd.people.first else { throw Program.Failed(description: "there is nobody") }
        author = first.posting(in: Self.id)
        let statements = """
            insert into users (id, username, email, created_at)
            select gen_random_uuid(), 'reader.' || n, 'reader.' || n || '@example.org', now()
            from generate_series(1, \(subscribers) - (select count(*) from users)) n;
            insert into conversations (id, type, title, member_count, active_at, created_at)
            values ('\(Self.id)', 'channel', 'Announcements', \(subscribers), now(), now());
            insert into members (conversation_id, user_id, role, joined_at, rev)
            select '\(Self.id)', id, case id when '\(first.user)' then 'admin' else 'member' end, now(), 0 from users;
            insert into member_periods (conversation_id, user_id, from_seq, from_rev)
            select conversation_id, user_id, 1, 0 from members where conversation_id = '\(Self.id)';
            """
        _ = try Program.output("psql -Xq -v ON_ERROR_STOP=1 \"$DATABASE_URL\" 2>&1 <<'END'\n\(statements)\nEND\n")
    }
}

extension ChatBench {
    /// What a post for very many does to those who write to few.
    mutating func measureChannel(on domain: isolated LoopDomain) async throws {
        guard let ours = systems.first(where: { $0.name == "ours" }) else { return }
        let channel = try Channel(subscribers: 100_000, of: crowd)
        var load = Load(people: 10_000, pace: .perSecond(300), seconds: 26)
        let alone = try await ChatRun.measure(load, of: crowd, on: ours, domain)
        let announcements = Announcements(by: channel.author, count: 100, every: .milliseconds(250))
        load.announcements = announcements
        let beside = try await ChatRun.measure(load, of: crowd, on: ours, domain)
        say("groups alone", 1, ours, alone)
        say("groups beside a channel", 1, ours, beside)
        for run in [alone, beside] { faults += run.faults }
        figures.add("groupP99MsAlone", alone.deliveries.percentile(0.99), "300/s in groups, 10,000 connections")
        figures.add(
            "groupP99MsBesideChannel", beside.deliveries.percentile(0.99), "with 4 posts a second to all of them")
        figures.add(
            "groupP99Ratio", beside.deliveries.percentile(0.99) / alone.deliveries.percentile(0.99), "at most 2")
        figures.add("channelP99Ms", announcements.deliveries.percentile(0.99), "of 1,000,000 copies of 100 posts")
        figures.add("channelMissing", Double(announcements.missing(of: 10_000)), digits: 0, "copies that did not come")
        figures.add(
            "fanoutMb", try ours.privateBytes(of: "worker-fanout") / 1_000_000, digits: 1,
            "100,000 subscribers, at most 64")
    }
}
