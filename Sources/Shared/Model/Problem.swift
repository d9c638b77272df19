import JSON
import Runtime

/// The caller's fault, or what the caller has to wait out: it is told, with a code that programs can act on.
package struct Problem: Error, Sendable {
    /// What can be wrong. The names go over the wire and are never renamed; the API says which status each has.
    package enum Code: String, Sendable, CaseIterable {
        // The request itself
        case badRequest = "bad_request"
        case malformedBody = "malformed_body"
        case unknownParameter = "unknown_parameter"
        case invalidCursor = "invalid_cursor"
        case idempotencyKeyRefused = "idempotency_key_refused"
        case idempotencyKeyReused = "idempotency_key_reused"
        case requestInProgress = "request_in_progress"
        case methodNotAllowed = "method_not_allowed"
        case requestTimeout = "request_timeout"
        case payloadTooLarge = "payload_too_large"
        case quotaExceeded = "quota_exceeded"
        case emptyFile = "empty_file"
        case unsupportedMediaType = "unsupported_media_type"
        case validationFailed = "validation_failed"
        case rateLimited = "rate_limited"
        case uriTooLong = "uri_too_long"
        case headersTooLarge = "headers_too_large"
        case preconditionFailed = "precondition_failed"
        case rangeNotSatisfiable = "range_not_satisfiable"
        case expectationFailed = "expectation_failed"
        case upgradeRequired = "upgrade_required"
        case notImplemented = "not_implemented"
        case versionNotSupported = "http_version_not_supported"

        // Who asks
        case unauthenticated
        /// Their plan does not have it.
        case paymentRequired = "payment_required"
        case tokenExpired = "token_expired"
        case forbidden
        case addressNotAllowed = "address_not_allowed"

        // How they prove it
        case invalidCredentials = "invalid_credentials"
        case invalidToken = "invalid_token"
        case invalidCode = "invalid_code"
        case secondFactorExpired = "mfa_expired"
        case signInAgain = "sign_in_again"
        case emailUnverified = "email_unverified"
        case providerRefused = "provider_refused"
        case providerEmailUnverified = "provider_email_unverified"
        case tooManyAttempts = "too_many_attempts"

        // What is asked for
        case notFound = "not_found"
        case conflict
        case emailTaken = "email_taken"
        case usernameTaken = "username_taken"
        case phoneTaken = "phone_taken"
        case identityTaken = "identity_taken"
        case alreadyEnabled = "already_enabled"
        case lastSignInMethod = "last_sign_in_method"

        // Ours
        case internalError = "internal_error"
        case unavailable
    }

    package let code: Code
    /// For people; never a secret, never what a server of ours said.
    package let detail: String?
    /// What is wrong with which field of the input.
    package var errors: [JSONProblem] = []
    /// When it is worth trying again.
    package var retryAfter: Duration?

    package init(_ code: Code, _ detail: String? = nil) {
        self.code = code
        self.detail = detail
    }

    /// Something about the input that only the action could find out.
    package static func invalid(_ field: String, _ code: JSONProblem.Code, _ message: String) -> Problem {
        var problem = Problem(.validationFailed)
        problem.errors = [JSONProblem(path: field, code: code, message: message)]
        return problem
    }
}
