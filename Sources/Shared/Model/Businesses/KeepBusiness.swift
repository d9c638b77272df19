import JSON
import Postgres
import Queue
import Runtime

extension Conversations {
    package func business(_ id: ID<User>) async throws -> (Business, isOpen: Bool) {
        guard let found = try await Business.find(id, on: database) else { throw Self.unknownBusiness }
        return (found, try await Business.isOpen(id, at: now, on: database))
    }

    /// Makes the person's account a business, or changes what it says.
    package func keep(_ business: Business, by user: SignedInUser) async throws {
        for span in business.hours where span.closes <= span.opens {
            throw Problem.invalid("hours", .invalid, "close before they open")
        }
        try await database.transaction { transaction in
            guard try await User.isVerified(user.id, on: transaction) else {
                throw Problem(.emailUnverified, "Prove your address before you run a business")
            }
            try await business.keep(at: now, on: transaction)
        }
    }

    package func agents(of user: SignedInUser) async throws -> [BusinessAgent] {
        try await BusinessAgent.all(of: user.id, on: database)
    }

    /// An agent sees, and answers, all conversations with customers.
    package func addAgent(_ agent: ID<User>, by user: SignedInUser) async throws {
        guard agent != user.id else { throw Problem.invalid("userId", .invalid, "that is you") }
        try await changingAgents(of: user.id) { transaction in
            try await demandAcquaintance(
                with: [agent], of: user.id, isDirect: false, named: "userId", on: transaction)
            guard try await BusinessAgent.all(of: user.id, on: transaction).count < Business.mostAgents else {
                throw Problem(.conflict, "There are \(Business.mostAgents) agents already")
            }
            guard try await BusinessAgent.insert(agent, of: user.id, at: now, on: transaction) else { return }
            try await BusinessAgent.join(agent, user.id, at: now, on: transaction)
            try await UserChange.record(.agency, user.id.uuid, of: agent, at: now, on: transaction)
        }
    }

    /// The business lets an agent go, or the agent goes.
    package func removeAgent(_ agent: ID<User>, of business: ID<User>) async throws {
        try await changingAgents(of: business) { transaction in
            guard try await BusinessAgent.delete(agent, of: business, on: transaction) else {
                throw Problem(.notFound, "There is no such agent.")
            }
            try await BusinessAgent.leave(agent, business, at: now, on: transaction)
            try await UserChange.record(.agency, business.uuid, of: agent, at: now, on: transaction)
        }
    }

    /// One change of agents at a time, and none while a customer opens a conversation.
    private func changingAgents(of business: ID<User>, _ change: (Transaction) async throws -> Void) async throws {
        try await database.transaction { transaction in
            guard try await transaction.run("select from businesses where id = \(business) for update") > 0 else {
                throw Self.unknownBusiness
            }
            // In the order in which whoever writes messages takes them.
            try await transaction.run(
                "select from conversations where business_id = \(business) order by id for no key update")
            try await change(transaction)
        }
    }

    static var unknownBusiness: Problem { Problem(.notFound, "There is no such business.") }
}

extension UserChange.Subject {
    /// Whether one answers for a business, which is the subject.
    static let agency = UserChange.Subject("agency")
}
