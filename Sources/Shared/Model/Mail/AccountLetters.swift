import Postgres
import Runtime

/// Makes the mails and text messages about accounts, out of what the tables say when they are sent.
package struct AccountLetters: Sendable {
    private let database: Database
    private let secrets: AccountSecrets
    private let places: Places

    package init(database: Database, secrets: AccountSecrets, places: Places) {
        self.database = database
        self.secrets = secrets
        self.places = places
    }

    /// Each is nil where it has become pointless: the code was used, the person is gone.
    package func letter(for job: SendVerification) async throws -> Letter? {
        let code = try await IssuedCode.peek(job.code, for: [.verifyEmail, .changeEmail], at: .now, on: database)
        guard let code, let email = code.email else { return nil }
        return Letter(
            to: email, "verification", try await phrases(of: code.user), app: places.name,
            link: places.page("verify-email", token: secrets.mailTokens.token(for: job.code)))
    }

    package func letter(for job: SendPasswordReset) async throws -> Letter? {
        let code = try await IssuedCode.peek(job.code, for: [.resetPassword], at: .now, on: database)
        guard let code, let email = code.email else { return nil }
        return Letter(
            to: email, "reset", try await phrases(of: code.user), app: places.name,
            link: places.page("reset-password", token: secrets.mailTokens.token(for: job.code)))
    }

    package func letter(for job: SendExportLink) async throws -> Letter? {
        guard let export = try await AccountExport.find(job.export, on: database), export.isReady(at: .now),
            let email = try await verifiedAddress(of: export.user)
        else { return nil }
        return Letter(
            to: email, "export", try await phrases(of: export.user), app: places.name,
            link: export.link(places, secrets))
    }

    package func letter(for job: SendSecurityNotice) async throws -> Letter? {
        let present = try await verifiedAddress(of: job.user)
        guard let email = job.email ?? present else { return nil }
        // An address that has just lost the account cannot set its password any more.
        let canAct = job.email == nil
        return Letter(
            to: email, job.event.rawValue, try await phrases(of: job.user), app: places.name,
            values: ["time": job.at.rfc3339], advice: canAct ? "advice" : nil,
            link: canAct ? places.app + "/forgot-password" : nil)
    }

    /// The number, and what is to be said to it.
    package func text(for job: SendPhoneCode) async throws -> (to: PhoneNumber, text: String)? {
        guard let code = try await IssuedCode.peek(job.code, for: [.phone], at: .now, on: database),
            let sealed = code.phoneSealed,
            let phone = PhoneNumber(
                String(decoding: try secrets.open(sealed, as: "phone", of: job.code), as: UTF8.self))
        else { return nil }
        let phrases = try await phrases(of: code.user)
        return (phone, phrases("code.text", ["code": secrets.phoneCode(of: job.code), "app": places.name]))
    }

    private func verifiedAddress(of user: ID<User>) async throws -> EmailAddress? {
        guard let person = try await User.find(user, at: .now, on: database), person.isVerified else { return nil }
        return person.email
    }

    private func phrases(of user: ID<User>?) async throws -> Phrases {
        guard let user else { return Phrases.in("en") }
        return Phrases.in(try await UserSettings.language(of: user, on: database))
    }
}
