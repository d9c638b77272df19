import HTTP
import Model

extension Problem.Code: ProblemCode {
    package var name: String { rawValue }

    package var status: Int {
        switch self {
        case .badRequest, .malformedBody, .unknownParameter, .invalidCursor, .idempotencyKeyRefused: 400
        case .unauthenticated, .tokenExpired, .invalidCredentials, .invalidToken, .secondFactorExpired: 401
        case .paymentRequired: 402
        case .forbidden, .addressNotAllowed, .emailUnverified, .signInAgain, .providerRefused, .providerEmailUnverified:
            403
        case .notFound: 404
        case .methodNotAllowed: 405
        case .requestTimeout: 408
        case .conflict, .requestInProgress, .emailTaken, .usernameTaken, .phoneTaken, .identityTaken, .alreadyEnabled,
            .lastSignInMethod:
            409
        case .preconditionFailed: 412
        case .payloadTooLarge, .quotaExceeded: 413
        case .uriTooLong: 414
        case .unsupportedMediaType: 415
        case .rangeNotSatisfiable: 416
        case .expectationFailed: 417
        case .validationFailed, .idempotencyKeyReused, .invalidCode, .emptyFile: 422
        case .upgradeRequired: 426
        case .rateLimited, .tooManyAttempts: 429
        case .headersTooLarge: 431
        case .internalError: 500
        case .notImplemented: 501
        case .unavailable: 503
        case .versionNotSupported: 505
        }
    }

    /// What to call a status that the server itself answers with.
    package init(status: Int) {
        self =
            switch status {
            case 404: .notFound
            case 405: .methodNotAllowed
            case 408: .requestTimeout
            case 412: .preconditionFailed
            case 413: .payloadTooLarge
            case 414: .uriTooLong
            case 416: .rangeNotSatisfiable
            case 417: .expectationFailed
            case 426: .upgradeRequired
            case 429: .rateLimited
            case 431: .headersTooLarge
            case 501: .notImplemented
            case 503: .unavailable
            case 505: .versionNotSupported
            default: status < 500 ? .badRequest : .internalError
            }
    }

    /// The same for every occurrence, as RFC 9457 wants it: the code as a sentence.
    package var title: String {
        let words = rawValue.split(separator: "_").joined(separator: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }
}
