import Postgres
import Runtime
import TestSupport
import Testing

@testable import Model

/// What people may send by their plans.
@Suite(.ownAccounts) struct PlanQuotaTests {
    @Test func `a larger plan allows more, and who goes back to the free one keeps what they have`() async throws {
        try await Library.lend { library in
            let owner = try await library.chat.people(1)[0]
            let free = MediaAllowance(fileBytes: 25 << 20, totalBytes: 5 << 30)
            #expect(try await library.media.allowance(of: owner) == free)
            #expect(try await code(of: 26 << 20, by: owner, library) == .payloadTooLarge)

            try await library.join("premium", owner, for: .days(30))
            let premium = MediaAllowance(fileBytes: 100 << 20, totalBytes: 50 << 30)
            #expect(try await library.media.allowance(of: owner) == premium)
            #expect(try await code(of: 26 << 20, by: owner, library) == nil)
            #expect(try await code(of: 101 << 20, by: owner, library) == .payloadTooLarge)
            let file = try await library.send("kept", by: owner)
            try await library.chat.database.run(
                "update media set bytes = \(free.totalBytes + 1) where id = \(file.id)")
            _ = try await library.send("more", by: owner)

            library.clock.advance(by: .days(31))
            #expect(try await library.media.allowance(of: owner) == free)
            let refusal = try await problem { _ = try await library.send("yet more", by: owner) }
            #expect(refusal?.code == .quotaExceeded && refusal?.detail?.contains("\(free.totalBytes)") == true)
            #expect(try await code(of: 10, by: owner, library) == .quotaExceeded)
            #expect(try await code(of: 26 << 20, by: owner, library) == .payloadTooLarge)
            #expect(try await library.media.sent(by: owner, nil, before: nil, limit: 9).count == 2)
            #expect(try await library.fetch(file, by: owner)?.hasPrefix("kept") == true)
        }
    }

    @Test func `what the installation allows everybody is the most for all plans`() async throws {
        try await Library.lend(MediaLimits(fileBytes: 1 << 20)) { library in
            let owner = try await library.chat.people(1)[0]
            try await library.join("business", owner, for: .days(30))
            let allowed = MediaAllowance(fileBytes: 1 << 20, totalBytes: 200 << 30)
            #expect(try await library.media.allowance(of: owner) == allowed)
        }
    }

    private func code(of bytes: Int, by owner: SignedInUser, _ library: Library) async throws -> Problem.Code? {
        try await problemCode { _ = try await library.media.beginUpload("film.mp4", bytes: bytes, by: owner) }
    }
}

extension Library {
    /// For a while, and without money.
    fileprivate func join(_ plan: String, _ user: SignedInUser, for time: Duration) async throws {
        try await chat.database.run(
            """
            insert into membership_grants (id, user_id, plan_id, cycle, starts_at, ends_at, created_at)
            values (
                \(UUID.v7()), \(user.id), \(plan), 'trial', \(clock.now), \(clock.now + time), \(clock.now)
            )
            """)
    }
}
