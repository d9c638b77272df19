import Model
import Runtime
import Testing

@testable import APIRoutes

/// Who of a process's people gets a channel's posts.
struct FollowersTests {
    private let channel = ID<Conversation>.new()
    private let now = MonotonicTime(nanoseconds: 1)
    private let people = LocalPeople()

    private func post(_ rev: Int64, audience: Int64 = 1, keptFrom: [ID<User>] = []) -> Delivery {
        Delivery(channel, rev: rev, to: .followers(audience: audience, seq: rev, keptFrom: keptFrom), [1])
    }

    private func told(_ deliveries: [Delivery]) -> [Set<ID<User>>] {
        deliveries.map { delivery in
            if case .people(let told) = delivery.recipients { Set(told) } else { [] }
        }
    }

    @Test func `the database is asked once, then for those who came since, and anew when somebody joined or left`()
        throws
    {
        var followers = Followers()
        func ask() -> Followers.Question? { followers.question(about: channel, people) }
        func ready() -> [Delivery] { followers.ready(channel) }
        let (ada, bob, eve) = (ID<User>.new(), ID<User>.new(), ID<User>.new())
        _ = (people.enter(ada), people.enter(bob))
        followers.take(post(1), in: channel, at: now)
        #expect(ready().isEmpty)
        let first = try #require(ask())
        #expect(Set(first.people) == [ada, bob])
        // What comes meanwhile waits in its turn.
        followers.take(post(2), in: channel, at: now)
        #expect(ask() == nil && ready().isEmpty)
        followers.answer(first, [ada: Stays(from: 1), bob: Stays(from: 2)])
        let released = ready()
        #expect(released.map(\.rev) == [1, 2])
        #expect(told(released) == [[ada], [ada, bob]] && released[0].passed == [bob])

        _ = people.enter(eve)
        followers.take(post(3), in: channel, at: now)
        let second = try #require(ask())
        #expect(second.people == [eve])
        followers.answer(second, [eve: Stays(from: 1)])
        #expect(told(ready()) == [[ada, bob, eve]])

        followers.take(post(4, audience: 2), in: channel, at: now)
        let third = try #require(ask())
        #expect(Set(third.people) == [ada, bob, eve])
        followers.answer(third, [bob: Stays(from: 1)])
        #expect(told(ready()) == [[bob]])
    }

    @Test func `whoever has blocked the sender hears only that something passed`() throws {
        var followers = Followers()
        func ask() -> Followers.Question? { followers.question(about: channel, people) }
        func ready() -> [Delivery] { followers.ready(channel) }
        let (ada, bob) = (ID<User>.new(), ID<User>.new())
        _ = (people.enter(ada), people.enter(bob))
        followers.take(post(1, keptFrom: [bob]), in: channel, at: now)
        followers.answer(try #require(ask()), [ada: Stays(from: 1), bob: Stays(from: 1)])
        let released = ready()
        #expect(told(released) == [[ada]] && released.map(\.passed) == [[bob]])
    }

    @Test func `who has come back hears what becomes of posts of an earlier stay, and nobody that nothing has passed`()
        throws
    {
        var followers = Followers()
        let ada = ID<User>.new()
        _ = people.enter(ada)
        var stays = Stays(from: 9)
        stays.add(earlier: 2, to: 4)
        func deliver(_ seq: Int64, rev: Int64) throws -> Delivery {
            followers.take(
                Delivery(channel, rev: rev, to: .followers(audience: 1, seq: seq, keptFrom: []), [1]), in: channel,
                at: now)
            if let question = followers.question(about: channel, people) { followers.answer(question, [ada: stays]) }
            return try #require(followers.ready(channel).first)
        }
        for (seq, sees) in [(1, false), (2, true), (4, true), (5, false), (9, true), (0, true)] as [(Int64, Bool)] {
            let delivery = try deliver(seq, rev: 20)
            #expect(told([delivery]) == [sees ? [ada] : []] && delivery.passed == (sees ? [] : [ada]))
        }
        let typed = try deliver(5, rev: 0)
        #expect(told([typed]) == [[]] && typed.passed.isEmpty)
    }

    @Test func `people are there from their first socket to their last`() {
        let ada = ID<User>.new()
        #expect([people.enter(ada), people.enter(ada)] == [true, false])
        #expect([people.leave(ada), people.contains(ada)] == [false, true])
        #expect([people.leave(ada), people.contains(ada), people.leave(ada)] == [true, false, false])
    }
}
