import HTTP
import Model

extension Problem.Code: ProblemCode {
    package var name: String { rawValue }

    package var status: Int {
        switch self {
        case .badRequest, .malformedBody, .unknownParameter, .invalidCursor, .idempotencyKeyRefused: 400
        case .unauthenticated, .tokenExpired, .invalidCredentials, .invalidToken, .secondFactorExpired: 401
        case .forbidden, .addressNotAllowed, .emailUnverified, .signInAgain, .providerRefused, .providerEmailUnverified:
            403
        case .notFound: 404
        case .methodNotAllowed: 405
        case .requestTimeout: 408
        case .conflict, .requestInProgress, .emailTaken, .usernameTaken, .phoneTaken, .identityTaken, .alreadyEnabled,
            .lastSignInMethod:
            409
        case .payloadTooLarge: 413
        case .unsupportedMediaType: 415
        case .validationFailed, .idempotencyKeyReused, .invalidCode: 422
        case .rateLimited, .tooManyAttempts: 429
        case .internalError: 500
        case .unavailable: 503
        }
    }

    /// The same for every occurrence, as RFC 9457 wants it: the code as a sentence.
    package var title: String {
        let words = rawValue.split(separator: "_").joined(separator: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }
}
