import Model
import Runtime
import Synchronization

/// Who has a socket in this process, on whatever loop. Asked rarely: each loop knows its own sockets.
final class LocalPeople: Sendable {
    private struct Person {
        var sockets: Int
        /// The number of their arrival.
        let arrival: Int
    }

    private struct State {
        var people: [ID<User>: Person] = [:]
        var arrivals = 0
    }

    private let state = Mutex(State())

    /// Whether it is their first socket.
    func enter(_ user: ID<User>) -> Bool {
        state.withLock { state in
            if state.people[user] != nil {
                state.people[user]?.sockets += 1
                return false
            }
            state.arrivals += 1
            state.people[user] = Person(sockets: 1, arrival: state.arrivals)
            return true
        }
    }

    /// Whether it was their last socket.
    func leave(_ user: ID<User>) -> Bool {
        state.withLock { state in
            guard let person = state.people[user] else { return false }
            guard person.sockets == 1 else {
                state.people[user]?.sockets -= 1
                return false
            }
            state.people[user] = nil
            return true
        }
    }

    func hasAny(of users: [ID<User>]) -> Bool {
        state.withLock { state in users.contains { state.people[$0] != nil } }
    }

    func contains(_ user: ID<User>) -> Bool { state.withLock { $0.people[user] != nil } }

    var all: [ID<User>] { state.withLock { Array($0.people.keys) } }

    /// Those who came after an arrival, and the number of the last arrival.
    func arrived(after arrival: Int) -> (people: [ID<User>], last: Int) {
        state.withLock { state in
            guard state.arrivals > arrival else { return ([], arrival) }
            return (state.people.filter { $0.value.arrival > arrival }.map(\.key), state.arrivals)
        }
    }
}
