import APIFrame
import HTTP
import Model
import Runtime

/// The authenticator app and its backup codes.
struct SecondFactorRoutes: Sendable {
    let accounts: Accounts

    var routes: [APIRoute] {
        [
            .post(
                "/auth/totp/enroll", "Set up an authenticator app",
                errors: CredentialRoutes.confirmation + [.alreadyEnabled], idempotency: .refused,
                details: "Nothing is asked for it before `confirm`.", enroll),
            .post(
                "/auth/totp/confirm", "Show a code of the app, and get the backup codes", limit: .guessing,
                errors: [.invalidCode, .notFound, .tooManyAttempts], idempotency: .refused,
                details: "The backup codes cannot be seen again.", confirm),
            .post(
                "/auth/totp/disable", "Give up the app", limit: .guessing,
                errors: CredentialRoutes.confirmation + [.invalidCode, .notFound], idempotency: .refused, disable),
            .post(
                "/auth/totp/backup-codes", "Get new backup codes", limit: .guessing,
                errors: [.invalidCode, .notFound, .tooManyAttempts], idempotency: .refused,
                details: "The old ones are worth nothing any more.", renew),
        ]
    }

    private func enroll(_ input: ConfirmationInput, _ call: Call) async throws -> SecondFactorEnrollment {
        try await accounts.enrollSecondFactor(
            try call.signedIn, password: input.password?.exposed, from: call.origin)
    }

    private func confirm(_ input: CodeInput, _ call: Call) async throws -> BackupCodes {
        BackupCodes(
            codes: try await accounts.confirmSecondFactor(try call.signedIn, code: input.code, from: call.origin))
    }

    private func disable(_ input: DisablingInput, _ call: Call) async throws -> NoContent {
        try await accounts.disableSecondFactor(
            try call.signedIn, password: input.password?.exposed, code: input.code, from: call.origin)
        return NoContent()
    }

    private func renew(_ input: CodeInput, _ call: Call) async throws -> BackupCodes {
        BackupCodes(
            codes: try await accounts.renewBackupCodes(try call.signedIn, code: input.code, from: call.origin))
    }
}

extension SecondFactorEnrollment: Representable {
    package static let representation = Representation<SecondFactorEnrollment>(
        "SecondFactorEnrollment", "What an authenticator app is set up with.",
        [
            .member("secret", "In Base32, for typing.") { $0.secret },
            .member("uri", "For a QR code.") { $0.uri },
        ])
}

/// Codes that work once, for the day on which the app is lost.
struct BackupCodes: Representable {
    let codes: [String]

    static let representation = Representation<BackupCodes>(
        "BackupCodes", "Codes that work once, for the day on which the app is lost.",
        [.member("backupCodes") { $0.codes }])
}

struct CodeInput: RouteInput {
    let code: String
    init(from input: inout InputReader) { code = input.read("code", .code) }
}

struct DisablingInput: RouteInput {
    let password: Secret?
    let code: String

    init(from input: inout InputReader) {
        password = input.readIfPresent("password", .presentPassword)
        code = input.read("code", .code)
    }
}
