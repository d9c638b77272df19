import APIFrame
import HTTP
import Model
import Runtime

/// Addresses, passwords, telephone numbers.
struct CredentialRoutes: Sendable {
    let accounts: Accounts

    /// What asks once more for the password may refuse with.
    static let confirmation: [Problem.Code] = [.invalidCredentials, .signInAgain, .tooManyAttempts]

    var routes: [APIRoute] {
        [
            .post(
                "/auth/verify-email", "Follow the link that verifies an address", access: .open, limit: .guessing,
                errors: [.invalidCode, .emailTaken], idempotency: .refused, verifyEmail),
            .post(
                "/auth/verify-email/resend", "Send the link once more", errors: [.tooManyAttempts],
                idempotency: .refused, resend),
            .post(
                "/auth/email/change", "Change the address", errors: Self.confirmation, idempotency: .refused,
                details: "The new address counts when the link of the mail to it was followed.", changeEmail),
            .post(
                "/auth/password/forgot", "Ask for a link that sets the password anew", access: .open, limit: .guessing,
                errors: [.tooManyAttempts], idempotency: .refused,
                details: "The answer is the same whether there is such an account or not.", forgot),
            .post(
                "/auth/password/reset", "Set the password under the link of a mail", access: .open, limit: .guessing,
                errors: [.invalidCode], idempotency: .refused, details: "All devices are signed out.", reset),
            .post(
                "/auth/password/change", "Change the password", errors: Self.confirmation, idempotency: .refused,
                details: "All other devices are signed out.", changePassword),
            .post(
                "/auth/phone/request", "Ask for a code by text message", access: .optional, limit: .guessing,
                errors: [.tooManyAttempts], idempotency: .refused,
                details: "To sign in or register with it; or, for who is signed in, to keep the number.", requestPhone),
            .post(
                "/auth/phone/verify", "Give the code of a text message", access: .optional, limit: .guessing,
                errors: Self.confirmation + [.invalidCode, .phoneTaken, .usernameTaken], idempotency: .refused,
                details: """
                    Signs in whose number it is. A number without an account needs a `username`, and makes one. \
                    For who is signed in, the number is put into their account, and opens it from then on: that takes \
                    the `password`.
                    """, verifyPhone),
            .post(
                "/auth/phone/remove", "Take the telephone number out of the account",
                errors: Self.confirmation + [.notFound, .lastSignInMethod], idempotency: .refused, removePhone),
        ]
    }

    private func verifyEmail(_ input: TokenInput, _ call: Call) async throws -> NoContent {
        try await accounts.verifyEmail(input.token, from: call.origin)
        return NoContent()
    }

    private func resend(_ input: NoInput, _ call: Call) async throws -> NoContent {
        try await accounts.resendVerification(try call.signedIn, from: call.origin)
        return NoContent()
    }

    private func changeEmail(_ input: EmailChangeInput, _ call: Call) async throws -> NoContent {
        try await accounts.changeEmail(
            to: input.email, password: input.password?.exposed, of: try call.signedIn, from: call.origin)
        return NoContent()
    }

    private func forgot(_ input: ForgottenInput, _ call: Call) async throws -> NoContent {
        try await accounts.forgotPassword(input.email, from: call.origin)
        return NoContent()
    }

    private func reset(_ input: ResetInput, _ call: Call) async throws -> NoContent {
        try await accounts.resetPassword(input.token, to: input.password.exposed, from: call.origin)
        return NoContent()
    }

    private func changePassword(_ input: PasswordChangeInput, _ call: Call) async throws -> NoContent {
        try await accounts.changePassword(
            from: input.current?.exposed, to: input.new.exposed, of: try call.signedIn, from: call.origin)
        return NoContent()
    }

    private func requestPhone(_ input: PhoneInput, _ call: Call) async throws -> NoContent {
        try await accounts.requestPhoneCode(input.phone, for: call.signedInIfAny, from: call.origin)
        return NoContent()
    }

    private func verifyPhone(_ input: PhoneCodeInput, _ call: Call) async throws -> VerifiedPhoneAnswer {
        VerifiedPhoneAnswer(
            verified: try await accounts.verifyPhone(
                input.phone, code: input.code, username: input.username, displayName: input.displayName,
                password: input.password?.exposed, for: call.signedInIfAny, from: call.origin))
    }

    private func removePhone(_ input: ConfirmationInput, _ call: Call) async throws -> NoContent {
        try await accounts.removePhone(
            of: try call.signedIn, password: input.password?.exposed, from: call.origin)
        return NoContent()
    }
}

struct TokenInput: RouteInput {
    let token: String
    init(from input: inout InputReader) { token = input.read("token", .token) }
}

/// The present password, which an account without one leaves out.
struct ConfirmationInput: RouteInput {
    let password: Secret?

    init(from input: inout InputReader) { password = input.readIfPresent("password", .presentPassword) }
}

struct EmailChangeInput: RouteInput {
    let email: EmailAddress
    let password: Secret?

    init(from input: inout InputReader) {
        email = input.read("email", .address)
        password = input.readIfPresent("password", .presentPassword)
    }
}

struct ForgottenInput: RouteInput {
    let email: EmailAddress
    init(from input: inout InputReader) { email = input.read("email", .address) }
}

struct ResetInput: RouteInput {
    let token: String
    let password: Secret

    init(from input: inout InputReader) {
        token = input.read("token", .token)
        password = input.read("password", .newPassword)
    }
}

struct PasswordChangeInput: RouteInput {
    let current: Secret?
    let new: Secret

    init(from input: inout InputReader) {
        current = input.readIfPresent("currentPassword", .presentPassword)
        new = input.read("newPassword", .newPassword)
    }
}

struct PhoneInput: RouteInput {
    let phone: PhoneNumber
    init(from input: inout InputReader) { phone = input.read("phone", .phone) }
}

struct PhoneCodeInput: RouteInput {
    let phone: PhoneNumber
    let code: String
    let username: Username?
    let displayName: String?
    let password: Secret?

    init(from input: inout InputReader) {
        phone = input.read("phone", .phone)
        code = input.read("code", .code)
        username = input.readIfPresent("username", .username)
        displayName = input.readIfPresent("displayName", .line(0...80))
        password = input.readIfPresent("password", .presentPassword)
    }
}
