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
            to: email, subject: "Confirm your address for \(places.name)",
            [
                "Somebody, probably you, gave this address to \(places.name).",
                "If it was not you, ignore this mail: as long as nobody follows the link, the address is not confirmed.",
                "Otherwise follow this link within a day:",
            ], link: places.page("verify-email", token: secrets.mailTokens.token(for: job.code)))
    }

    package func letter(for job: SendPasswordReset) async throws -> Letter? {
        let code = try await IssuedCode.peek(job.code, for: [.resetPassword], at: .now, on: database)
        guard let code, let email = code.email else { return nil }
        return Letter(
            to: email, subject: "Set a new password for \(places.name)",
            [
                "Somebody, probably you, has forgotten the password of your account.",
                "If it was not you, ignore this mail: your password stays as it is.",
                "Otherwise follow this link within an hour. It works once, and signs out all devices:",
            ], link: places.page("reset-password", token: secrets.mailTokens.token(for: job.code)))
    }

    package func letter(for job: SendExportLink) async throws -> Letter? {
        guard let export = try await AccountExport.find(job.export, on: database), export.isReady(at: .now),
            let email = try await verifiedAddress(of: export.user)
        else { return nil }
        return Letter(
            to: email, subject: "Your data from \(places.name)",
            ["What you asked for is ready. The link works for a week, for whoever has it: do not pass it on."],
            link: export.link(places, secrets))
    }

    package func letter(for job: SendSecurityNotice) async throws -> Letter? {
        let present = try await verifiedAddress(of: job.user)
        guard let email = job.email ?? present else { return nil }
        let what = "\(job.event.sentence) This was at \(job.at.rfc3339)."
        // An address that has just lost the account cannot set its password any more.
        let advice = job.email == nil ? "If it was not you, set a new password now, which signs out all devices:" : nil
        return Letter(
            to: email, subject: "\(job.event.subject) – \(places.name)", [what] + (advice.map { [$0] } ?? []),
            link: advice == nil ? nil : places.app + "/forgot-password")
    }

    /// The number, and what is to be said to it.
    package func text(for job: SendPhoneCode) async throws -> (to: PhoneNumber, text: String)? {
        guard let code = try await IssuedCode.peek(job.code, for: [.phone], at: .now, on: database),
            let sealed = code.phoneSealed,
            let phone = PhoneNumber(
                String(decoding: try secrets.open(sealed, as: "phone", of: job.code), as: UTF8.self))
        else { return nil }
        return (phone, "\(secrets.phoneCode(of: job.code)) is your code for \(places.name). Tell it to nobody.")
    }

    private func verifiedAddress(of user: ID<User>) async throws -> EmailAddress? {
        guard let person = try await User.find(user, at: .now, on: database), person.isVerified else { return nil }
        return person.email
    }
}

extension SendSecurityNotice.Event {
    fileprivate var subject: String {
        switch self {
        case .passwordChanged, .passwordReset: "Your password was changed"
        case .tokenReused: "A device was signed out"
        case .secondFactorEnabled: "Signing in now takes a second step"
        case .secondFactorDisabled: "The second step was switched off"
        case .backupCodeUsed: "A backup code was used"
        case .emailChanged: "Your address was changed"
        case .identityLinked, .phoneAttached: "A way to sign in was added"
        case .deletionAsked: "Your account will be deleted"
        }
    }

    fileprivate var sentence: String {
        switch self {
        case .passwordChanged: "The password of your account was changed, and your other devices were signed out."
        case .passwordReset: "The password of your account was set anew by mail, and all devices were signed out."
        case .tokenReused:
            "A device of yours was signed out, because its key was used twice: somebody may have copied it."
        case .secondFactorEnabled: "From now on signing in to your account takes a code of your authenticator app."
        case .secondFactorDisabled: "Signing in to your account does not take a code any more."
        case .backupCodeUsed: "Somebody signed in to your account with one of its backup codes."
        case .emailChanged: "Your account has another address now, and this one does not belong to it any more."
        case .identityLinked: "Another way to sign in was added to your account."
        case .phoneAttached: "A telephone number was added to your account: whoever has it can sign in."
        case .deletionAsked: "Your account is going to be deleted. Until then you can sign in and take that back."
        }
    }
}
