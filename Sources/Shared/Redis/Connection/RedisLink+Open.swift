import Runtime

extension RedisLink {
    /// Connects and greets: when this returns, the server is ready for commands.
    static func open(_ options: RedisOptions, on domain: isolated LoopDomain) async throws -> RedisLink {
        let deadline = MonotonicTime.now + options.connectLimit
        try options.budget?.take()
        let link: RedisLink
        do {
            link = try await connect(options, on: domain)
        } catch {
            options.budget?.giveBack()
            throw error
        }
        do {
            try await link.greet(until: deadline, on: domain)
        } catch {
            link.close(on: domain)
            throw error
        }
        return link
    }

    private static func connect(_ options: RedisOptions, on domain: isolated LoopDomain) async throws -> RedisLink {
        let stream = try await StreamConnection.connect(
            to: options.endpoint, tls: options.tls, within: options.connectLimit, on: domain)
        do {
            return try RedisLink(stream, options, on: domain)
        } catch {
            stream.close(on: domain)
            throw error
        }
    }

    private func greet(until deadline: MonotonicTime, on domain: isolated LoopDomain) async throws {
        let options = self.options
        let answers = try await askAll(until: deadline, on: domain) { writer in
            if let credentials = options.credentials {
                writer.command("AUTH")
                if let user = credentials.user { writer.append(user) }
                writer.append(credentials.password.exposed)
            }
            if options.database != 0 {
                writer.command("SELECT")
                writer.append(options.database)
            }
            writer.command("CLIENT")
            writer.append("SETNAME")
            writer.append(options.clientName)
            // Says whether we may work at all: NOAUTH, LOADING, MASTERDOWN.
            writer.command("PING")
        }
        // A name is a nicety: a user without the right to set one may still work, and one without PING too.
        for answer in answers.dropLast(2) { _ = try answer.outcome.get() }
        if case .failure(let error)? = answers.last?.outcome, error.code != "NOPERM" { throw error }
    }
}
